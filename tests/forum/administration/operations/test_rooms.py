"""`flask forum check` finds what does not agree in a room. Each test plants one error."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.operations.queries import recount
from forum.administration.operations.rooms import ROOM_CHECKS
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.rooms.models import GatheringEntry, RoomTally
from forum.deliberation.rooms.room import vote_in_room
from forum.deliberation.rooms.running import finish_gathering
from forum.people.passes.actor import guest_of
from forum.people.passes.models import GuestPass, PassKind
from forum.voice.votes.models import Vote, VoteEvent
from tests.unguarded import switch_triggers_off


@pytest.fixture
def world(make):
    """A finished room with a phone, a tablet and an account, whose votes agree with everything."""
    room = make.gathering(state="RUNNING")
    phone, tablet = make.entry(room), make.entry(room, make.guest(PassKind.TABLET))
    account = make.citizen()
    make.entry(room, account)
    ideas = [make.room_idea(room, phone), make.room_idea(room)]
    for actor in (guest_of(phone.guest_pass), guest_of(tablet.guest_pass), account):
        vote_in_room(room, actor, ideas[0].id, 1)
    for entry in (phone, tablet):
        entry.admitted_at = entry.guest_pass.admitted_at
    db.session.flush()
    finish_gathering(room, room.organiser, 3, room.revision)
    return {"room": room, "phone": phone, "tablet": tablet, "ideas": ideas, "stranger": make.citizen()}


def differences():
    return [line for check in ROOM_CHECKS for line in check().differences]


def test_a_room_that_agrees_is_not_named(world):
    assert differences() == []
    assert [check().n_checked for check in ROOM_CHECKS] == [2, 1, 2, 2, 1]
    names = {finding.name for finding in recount()}
    assert {check().name for check in ROOM_CHECKS} <= names


def other_time(world, make):
    world["phone"].admitted_at = clock.now()


def other_person(world, make):
    world["phone"].participant_id = world["stranger"].participant.id


def other_kind(world, make):
    db.session.execute(sa.update(GuestPass).where(GuestPass.id == world["phone"].pass_id).values(kind=PassKind.TABLET))


def too_many_people(world, make):
    room = make.gathering(state="RUNNING", seats=1)
    for _n in range(2):
        entry = make.entry(room)
        entry.admitted_at = entry.guest_pass.admitted_at


def too_few_present(world, make):
    world["room"].n_present = 2


def other_tally(world, make):
    db.session.execute(sa.update(RoomTally).where(RoomTally.agree == 3).values(agree=4))


def missing_tally(world, make):
    db.session.execute(sa.delete(RoomTally).where(RoomTally.agree == 3))


def vote_elsewhere(world, make):
    for table in ("vote", "vote_event"):
        switch_triggers_off(table)
    idea, who = make.idea(world["room"].campaign), world["phone"].participant_id
    db.session.add(VoteEvent(idea_id=idea.id, participant_id=who, value=1))


def vote_without_event(world, make):
    switch_triggers_off("vote")
    idea, who = make.idea(world["room"].campaign), world["phone"].participant_id
    db.session.add(Vote(idea_id=idea.id, participant_id=who, value=1))


def vote_unadmitted(world, make):
    room = make.gathering(state="RUNNING")
    entry = make.entry(room, make.guest(is_admitted=False), is_admitted=False)
    idea = make.room_idea(room)
    db.session.add(VoteEvent(idea_id=idea.id, participant_id=entry.participant_id, value=1))


def other_tablet(world, make):
    elsewhere = make._tablet(make.gathering(state="RUNNING"))
    db.session.execute(
        sa.update(GatheringEntry).where(GatheringEntry.id == world["tablet"].id).values(tablet_id=elsewhere.id)
    )


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (other_time, "출석을 확인한 때가"),
        (other_person, "가진 사람과 다릅니다"),
        (other_kind, "종류와 다릅니다"),
        (too_many_people, "자리보다 사람이"),
        (too_few_present, "있던 사람보다"),
        (other_tally, "제안"),
        (missing_tally, "제안"),
        (vote_elsewhere, "없는 제안입니다"),
        (vote_without_event, "모임방 밖에서"),
        (vote_unadmitted, "확인하지 않은 손님이"),
        (other_tablet, "다른 모임의 태블릿"),
    ],
)
def test_what_does_not_agree_is_named(world, make, plant, words):
    plant(world, make)
    db.session.flush()
    assert any(words in line for line in differences())

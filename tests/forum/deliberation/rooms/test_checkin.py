from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.errors import Forbidden, NotFound, TooManyAttempts, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.rooms.checkin import check_in, remove_person, take_back_check_in
from forum.deliberation.rooms.joining import join_as_guest
from forum.deliberation.rooms.models import GatheringEntry
from forum.deliberation.rooms.results import people_of
from forum.deliberation.rooms.room import vote_in_room
from forum.deliberation.rooms.running import finish_gathering
from forum.people.passes.actor import guest_of
from forum.people.passes.models import GuestPass
from forum.people.passes.queries import pass_of_code
from forum.system.audit.models import AuditEntry
from forum.voice.votes.models import Vote
from tests.races import act_elsewhere, at_once


def join(gathering, n=1):
    return join_as_guest(gathering, f"key-of-form-{n}", says_14_or_older=True, agrees=True)


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING", seats=2)


def waiting(make, room):
    return make.entry(room, make.guest(is_admitted=False), is_admitted=False)


def test_who_is_checked_in_may_act_from_then_on(make, room):
    entry, helper = waiting(make, room), make.helper(room)
    assert check_in(room, helper, [entry.id]) == 1
    assert entry.admitted_at == entry.guest_pass.admitted_at is not None
    assert entry.admitted_by_id == helper.id
    assert guest_of(entry.guest_pass).is_confirmed


def test_a_check_in_sent_twice_is_audited_once_with_numbers_alone(make, room):
    entry = waiting(make, room)
    assert [check_in(room, room.organiser, [entry.id]) for _n in range(2)] == [1, 0]
    [audit] = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "rooms.check_in"))
    assert audit.after == {"numbers": [entry.number]}


def test_an_account_is_checked_in_too(make, room):
    entry = make.entry(room, make.citizen(), is_admitted=False)
    check_in(room, room.organiser, [entry.id])
    assert people_of(room.id).n_admitted == 1


def test_only_who_was_shown_is_checked_in(make, room):
    seen, later = waiting(make, room), waiting(make, room)
    check_in(room, room.organiser, [seen.id])
    assert later.admitted_at is None


@pytest.mark.parametrize("who", ["citizen", "facilitator", "admin", "analyst"])
def test_others_check_nobody_in(make, room, who):
    entry = waiting(make, room)
    for act in (lambda actor: check_in(room, actor, [entry.id]), lambda actor: remove_person(room, actor, entry.id)):
        with pytest.raises(Forbidden):
            act(getattr(make, who)())


def test_an_entry_of_another_room_is_not_found(make, room):
    foreign = make.entry(make.gathering(state="RUNNING"), is_admitted=False)
    for act in (
        lambda: check_in(room, room.organiser, [foreign.id]),
        lambda: take_back_check_in(room, room.organiser, foreign.id),
        lambda: remove_person(room, room.organiser, foreign.id),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize("state", ["PLANNED", "FINISHED", "CANCELLED"])
def test_a_room_that_is_not_open_checks_nobody_in(make, state):
    gathering = make.gathering(state=state)
    entry = waiting(make, gathering)
    with pytest.raises(WrongState):
        check_in(gathering, gathering.organiser, [entry.id])


def test_a_check_in_is_taken_back_before_the_person_acts_and_not_after(make, room):
    entry = make.entry(room)
    idea = make.room_idea(room)
    take_back_check_in(room, room.organiser, entry.id)
    assert entry.admitted_at is entry.guest_pass.admitted_at is None
    check_in(room, room.organiser, [entry.id])
    vote_in_room(room, guest_of(entry.guest_pass), idea.id, 1)
    vote_in_room(room, guest_of(entry.guest_pass), idea.id, None)
    with pytest.raises(WrongState):
        take_back_check_in(room, room.organiser, entry.id)


def test_who_wrote_here_stays_checked_in(make, room):
    entry = make.entry(room, make.citizen())
    make.room_idea(room, entry)
    with pytest.raises(WrongState):
        take_back_check_in(room, room.organiser, entry.id)


def test_taking_somebody_out_makes_room_and_ends_their_pass(make, room):
    code = join(room)
    [entry] = db.session.scalars(sa.select(GatheringEntry))
    join(room, 2)
    db.session.commit()
    with pytest.raises(WrongState, match="자리 2개"):
        join(room, 3)
    db.session.rollback()
    remove_person(room, room.organiser, entry.id)
    assert pass_of_code(code) is None
    assert join(room) != code, "the same form again is another person's chance"
    assert people_of(room.id).n_joined == 2


def test_who_was_checked_in_is_not_taken_out(make, room):
    entry = make.entry(room)
    with pytest.raises(WrongState):
        remove_person(room, room.organiser, entry.id)


def test_a_script_does_not_fill_a_room_at_once(make, monkeypatch):
    room = make.gathering(state="RUNNING", seats=300)
    monkeypatch.setattr("forum.deliberation.rooms.joining.JOINS_PER_MINUTE", 3)
    for n in range(3):
        join(room, n)
    with pytest.raises(TooManyAttempts):
        join(room, 9)
    join(room, 1)  # the form of somebody who is in
    assert people_of(room.id).n_joined == 3


def test_a_facilitator_has_no_votes_beyond_the_people_checked_in(make, room):
    """More passes than people: what they cast is refused, and a check-in that has cast something stays in the count."""
    idea = make.room_idea(room)
    passes = [waiting(make, room).guest_pass for _n in range(2)]
    for made in passes:
        with pytest.raises(Forbidden):
            vote_in_room(room, guest_of(made), idea.id, 1)
    check_in(room, room.organiser, [db.session.scalars(sa.select(GatheringEntry.id)).first()])
    vote_in_room(room, guest_of(passes[0]), idea.id, 1)
    assert len(db.session.scalars(sa.select(Vote)).all()) == people_of(room.id).n_admitted == 1


def test_two_people_at_the_last_seat(app, make, room):
    make.entry(room)
    gathering_id = room.id
    db.session.commit()

    def act(n):
        return lambda: join(get_gathering(gathering_id), n)

    results = at_once(app, [act(1), act(2)])
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "WrongState"]
    assert people_of(gathering_id).n_joined == 2
    assert len(db.session.scalars(sa.select(GuestPass)).all()) == 2


def test_the_same_form_twice_at_once_is_one_pass(app, make, room):
    gathering_id = room.id
    db.session.commit()

    def act():
        join(get_gathering(gathering_id))

    assert at_once(app, [act, act]) == [None, None]
    assert people_of(gathering_id).n_joined == 1


def test_a_check_in_that_waits_for_the_end_comes_too_late(app, make, room):
    entry = waiting(make, room)
    gathering_id, revision, organiser = room.id, room.revision, room.organiser

    def finish():
        found = get_gathering(gathering_id)
        finish_gathering(found, found.organiser, 1, revision)

    act_elsewhere(app, finish)
    with pytest.raises(WrongState, match="끝났어요"):
        check_in(room, organiser, [entry.id])

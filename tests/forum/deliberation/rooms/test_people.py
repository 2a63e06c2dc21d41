from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.administration.operations.rooms import ROOM_CHECKS, room_tallies, votes_of_guests
from forum.core.extensions import db
from forum.deliberation.gatherings.lists import delete_lists
from forum.deliberation.rooms.models import GatheringEntry, IdeaRoom, RoomTally
from forum.deliberation.rooms.people import delete_entry_lists, forget_entrant, hand_over_entries
from forum.deliberation.rooms.results import people_of, table_of
from forum.deliberation.rooms.room import vote_in_room
from forum.deliberation.rooms.running import finish_gathering
from forum.deliberation.rooms.tallies import count_voters
from forum.people.passes.actor import guest_of
from forum.people.passes.services import join_pass, withdraw_pass


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING")


def finish(gathering):
    finish_gathering(gathering, gathering.organiser, 5, gathering.revision)


def tallies(gathering):
    query = sa.select(RoomTally.agree, RoomTally.disagree, RoomTally.pass_)
    return [tuple(row) for row in db.session.execute(query.where(RoomTally.gathering_id == gathering.id))]


def test_an_account_takes_its_guests_place_while_the_room_is_open(make, room):
    entry, account = make.entry(room), make.citizen()
    idea = make.room_idea(room, entry)
    hand_over_entries(entry.participant_id, account.participant.id)
    assert entry.participant_id == account.participant.id
    vote_in_room(room, account, idea.id, 1)
    assert table_of(room)[0].agree == 1
    assert people_of(room.id).n_admitted == 1


@pytest.mark.parametrize("is_admitted", [True, False])
def test_who_is_there_twice_becomes_one_and_keeps_the_check_in(make, room, is_admitted):
    guest, account = make.entry(room), make.citizen()
    own = make.entry(room, account, is_admitted=is_admitted)
    make.room_idea(room, guest)
    hand_over_entries(guest.participant_id, account.participant.id)
    assert [entry.id for entry in db.session.scalars(sa.select(GatheringEntry))] == [own.id]
    assert own.admitted_at is not None
    assert db.session.scalars(sa.select(IdeaRoom.entry_id)).all() == [own.id]


def test_a_room_that_has_ended_keeps_its_guest(make, room):
    entry, account, idea = make.entry(room), make.citizen(), make.room_idea(room)
    vote_in_room(room, guest_of(entry.guest_pass), idea.id, 1)
    finish(room)
    guest_id = entry.participant_id
    hand_over_entries(guest_id, account.participant.id)
    assert entry.participant_id == guest_id
    assert room_tallies().differences == votes_of_guests().differences == []


def test_who_leaves_the_forum_leaves_the_tallies_too(make, room):
    account, idea = make.citizen(), make.room_idea(room)
    entry = make.entry(room, account)
    vote_in_room(room, account, idea.id, -1)
    vote_in_room(room, guest_of(make.entry(room).guest_pass), idea.id, 1)
    finish(room)
    assert tallies(room) == [(1, 1, 0)]
    delete_account(account, account, keep_posts=True)
    assert tallies(room) == [(1, 0, 0)]
    assert db.session.get(GatheringEntry, entry.id).participant_id is None
    assert room_tallies().differences == []
    assert people_of(room.id).n_admitted == 2, "somebody was there"


def test_who_leaves_while_the_room_is_open_votes_no_more(make, room):
    account, idea = make.citizen(), make.room_idea(room)
    make.entry(room, account)
    vote_in_room(room, account, idea.id, -1)
    delete_account(account, account, keep_posts=True)
    finish(room)
    assert tallies(room) == [(0, 0, 0)]
    assert room_tallies().differences == []


def test_who_waited_for_the_check_in_leaves_no_empty_chair(make, room):
    entry = make.entry(room, is_admitted=False)
    forget_entrant(entry.participant_id)
    assert people_of(room.id).n_joined == 0


def test_on_its_day_nobody_can_say_who_was_there_and_the_numbers_stay(make, room):
    idea = make.room_idea(room)
    vote_in_room(room, guest_of(make.entry(room).guest_pass), idea.id, 1)
    finish(room)
    assert delete_entry_lists(room) == 1
    room.lists_until = room.finished_at.date()
    db.session.flush()
    delete_lists(room)
    assert people_of(room.id).n_admitted == 1
    assert [row.agree for row in table_of(room)] == [1]
    assert count_voters(room) is None
    assert room_tallies().n_checked == 0


def differences():
    return [line for check in ROOM_CHECKS for line in check().differences]


@pytest.fixture
def voted(make, room):
    """A guest who has voted, the account that is theirs, and the idea."""
    made, idea = make.guest(), make.room_idea(room)
    entry = make.entry(room, made)
    entry.admitted_at = made.admitted_at
    vote_in_room(room, guest_of(made), idea.id, 1)
    return made, make.citizen(), idea


def test_a_pass_joined_while_the_room_is_open_is_one_person_there(make, room, voted):
    made, account, idea = voted
    own = make.entry(room, account, is_admitted=False)
    vote_in_room(room, guest_of(make.entry(room).guest_pass), idea.id, 1)
    join_pass(made, account, account)
    assert own.admitted_at is not None
    assert table_of(room)[0].agree == 2
    vote_in_room(room, account, idea.id, -1)
    finish(room)
    assert tallies(room) == [(1, 1, 0)]
    assert room_tallies().differences == []
    assert votes_of_guests().differences == []


def test_a_pass_joined_after_the_end_changes_no_count(room, voted):
    made, account, _idea = voted
    finish(room)
    join_pass(made, account, account)
    assert tallies(room) == [(1, 0, 0)]
    assert differences() == []
    delete_account(account, account, keep_posts=True)
    assert tallies(room) == [(0, 0, 0)], "the votes of their pass leave with them"
    assert differences() == []


@pytest.mark.parametrize("is_over", [False, True])
def test_a_guest_who_takes_everything_back_leaves_the_counts(room, voted, is_over):
    made, _account, _idea = voted
    if is_over:
        finish(room)
    withdraw_pass(made, guest_of(made))
    if not is_over:
        finish(room)
    assert tallies(room) == [(0, 0, 0)]
    assert people_of(room.id).n_admitted == 1
    assert differences() == []

"""Start and finish: the counts of the end are those of the events, whatever happens meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.administration.operations.rooms import room_tallies
from forum.core import clock
from forum.core.errors import Forbidden, ForumError, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings import pausing
from forum.deliberation.gatherings.models import GatheringState
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.rooms.finishing import _steps, register_at_finish
from forum.deliberation.rooms.models import GatheringEntry, GatheringTablet, RoomTally
from forum.deliberation.rooms.permissions import NotInRoom
from forum.deliberation.rooms.results import Verdict, in_words_first, table_of
from forum.deliberation.rooms.room import room_page, vote_in_room, write_idea
from forum.deliberation.rooms.running import _on_paper, end_room, finish_gathering, reconcile, start_gathering
from forum.deliberation.rooms.tallies import count_voters, votes_without
from forum.people.passes.actor import guest_of
from forum.people.passes.models import GuestPass
from forum.system.audit.models import AuditEntry
from forum.voice.votes.services import cast_votes
from tests.races import act_elsewhere, at_once


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING")


def finish(gathering, n_present=2):
    finish_gathering(gathering, gathering.organiser, n_present, gathering.revision)


def frozen(gathering):
    query = sa.select(RoomTally.idea_id, RoomTally.agree, RoomTally.disagree, RoomTally.pass_)
    return {row[0]: tuple(row[1:]) for row in db.session.execute(query.where(RoomTally.gathering_id == gathering.id))}


def test_a_gathering_starts_an_hour_before_its_time_at_the_earliest(make):
    gathering = make.gathering()
    with pytest.raises(WrongState, match="1시간 전"):
        start_gathering(gathering, gathering.organiser, gathering.revision)
    with clock.at(gathering.starts_at - timedelta(minutes=59)):
        start_gathering(gathering, gathering.organiser, gathering.revision)
    assert gathering.state is GatheringState.RUNNING


@pytest.mark.parametrize("who", ["citizen", "facilitator", "analyst"])
def test_others_neither_start_nor_finish_it(make, room, who):
    actor = getattr(make, who)()
    with pytest.raises(Forbidden):
        start_gathering(make.gathering(), actor, 1)
    with pytest.raises(Forbidden):
        finish_gathering(room, actor, 0, room.revision)


def test_a_helper_does_not_finish_it(make, room):
    with pytest.raises(Forbidden):
        finish_gathering(room, make.helper(room), 0, room.revision)


def test_it_does_not_start_from_a_page_of_before(make):
    gathering = make.gathering()
    with clock.at(gathering.starts_at), pytest.raises(WrongState, match="신청 받는 중"):
        start_gathering(gathering, gathering.organiser, gathering.revision - 1)


def test_it_does_not_start_in_an_election_pause(make, monkeypatch):
    monkeypatch.setattr(pausing, "_finders", [lambda: "선거 기간이라 쉬어요."])
    gathering = make.gathering()
    with clock.at(gathering.starts_at), pytest.raises(WrongState, match="선거"):
        start_gathering(gathering, gathering.organiser, gathering.revision)


def test_finishing_freezes_the_votes_of_who_was_checked_in(make, room):
    people = [make.entry(room).guest_pass for _n in range(2)]
    account = make.citizen()
    make.entry(room, account)
    stranger = make.citizen()
    idea, other = make.room_idea(room), make.room_idea(room)
    vote_in_room(room, guest_of(people[0]), idea.id, 1)
    vote_in_room(room, guest_of(people[1]), idea.id, 1)
    vote_in_room(room, guest_of(people[1]), idea.id, -1)  # changed their mind
    vote_in_room(room, account, idea.id, 0)
    vote_in_room(room, account, other.id, 1)
    vote_in_room(room, account, other.id, None)
    cast_votes({idea.id: 1}, stranger)
    finish(room, 3)
    assert frozen(room) == {idea.id: (1, 1, 1), other.id: (0, 0, 0)}
    assert count_voters(room) == 3
    cast_votes({idea.id: 1}, account)  # on the forum, afterwards
    assert [row.votes for row in table_of(room)] == [3, 0]
    assert room_tallies().differences == []
    assert votes_without(room)[idea.id].with_room == (3, 1, 0)
    assert votes_without(room)[idea.id].without_room == (2, 0, 0)


def test_votes_that_do_not_count_when_it_ends_are_left_out_for_good(make, room):
    person, idea = make.citizen(), make.room_idea(room)
    make.entry(room, person)
    vote_in_room(room, person, idea.id, 1)
    make.exclusion(room.campaign, person)
    finish(room)
    assert frozen(room) == {idea.id: (0, 0, 0)}
    assert room_tallies().differences == []


def test_finishing_ends_passes_and_tablets_and_says_so_to_who_comes_after(app, make, room):
    entry = make.entry(room)
    tablet = make._tablet(room)
    done = []
    register_at_finish("tests", lambda gathering, actor: done.append((gathering.id, actor.id)))
    try:
        finish(room, 4)
    finally:
        del _steps["tests"]
    assert done == [(room.id, room.organiser.id)]
    assert (room.state, room.n_present, room.join_code) == (GatheringState.FINISHED, 4, None)
    made = db.session.get(GuestPass, entry.pass_id)
    assert not made.may_act()
    assert made.may_be_read()
    assert made.expires_at - made.acts_until == timedelta(days=app.config["GUEST_PASS_DAYS"])
    assert db.session.get(GatheringTablet, tablet.id).closed_at is not None
    [audit] = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "rooms.close"))
    assert audit.after == {"joined": 1, "checked_in": 1, "on_paper": 0, "votes": 0}
    with pytest.raises(ForumError):
        vote_in_room(room, guest_of(made), make.room_idea(make.gathering(state="RUNNING")).id, 1)


@pytest.mark.parametrize("n_present", [None, 1, 11, -1])
def test_the_count_lies_between_who_was_checked_in_and_the_seats(make, room, n_present):
    for _n in range(2):
        make.entry(room)
    with pytest.raises(InvalidInput) as error:
        finish(room, n_present)
    assert "2명부터 10명" in error.value.errors["n_present"]


def test_people_on_paper_are_present_too(make, room, monkeypatch):
    monkeypatch.setitem(_on_paper, "tests", lambda _gathering_id: 3)
    make.entry(room)
    assert reconcile(room).fewest == 4
    with pytest.raises(InvalidInput):
        finish(room, 3)
    finish(room, 4)


def test_it_ends_once(make, room):
    finish(room)
    with pytest.raises(WrongState):
        finish(room)


def test_what_a_room_says_is_the_same_after_its_end(make, room):
    idea = make.room_idea(room)
    for _n in range(5):
        vote_in_room(room, guest_of(make.entry(room).guest_pass), idea.id, 1)
    before = in_words_first(table_of(room), 5)[Verdict.AGREED]
    finish(room, 5)
    assert in_words_first(table_of(room), 5)[Verdict.AGREED] == before != []


def test_what_four_people_say_is_not_told(make, room):
    idea = make.room_idea(room)
    for _n in range(4):
        vote_in_room(room, guest_of(make.entry(room).guest_pass), idea.id, 1)
    [row] = table_of(room)
    assert not row.is_told
    assert row.verdict(4) is Verdict.TOO_FEW


def test_a_vote_while_it_ends_is_counted_or_refused(app, make, room):
    idea = make.room_idea(room)
    entries = [make.entry(room) for _n in range(3)]
    pass_ids = [entry.pass_id for entry in entries]
    account = make.citizen()
    make.entry(room, account)
    gathering_id, idea_id, account_id = room.id, idea.id, account.id
    db.session.commit()

    def vote(pass_id):
        def act():
            vote_in_room(get_gathering(gathering_id), guest_of(db.session.get(GuestPass, pass_id)), idea_id, 1)

        return act

    def vote_on_the_forum():
        cast_votes({idea_id: -1}, db.session.get(type(account), account_id))

    def end():
        found = get_gathering(gathering_id)
        finish_gathering(found, found.organiser, 4, found.revision)

    results = at_once(app, [vote(pass_ids[0]), vote(pass_ids[1]), end, vote(pass_ids[2]), vote_on_the_forum])
    assert results[2] is None
    n_counted = sum(results[n] is None for n in (0, 1, 3))
    assert frozen(get_gathering(gathering_id))[idea_id][0] == n_counted
    assert room_tallies().differences == []


def test_a_vote_that_waited_for_the_end_is_refused(app, make, room):
    idea, made = make.room_idea(room), make.entry(room).guest_pass
    gathering_id, guest = room.id, guest_of(made)

    def end():
        found = get_gathering(gathering_id)
        finish_gathering(found, found.organiser, 1, found.revision)

    assert room.state is GatheringState.RUNNING
    act_elsewhere(app, end)
    with pytest.raises(WrongState, match="끝났어요"):
        vote_in_room(room, guest, idea.id, 1)


def test_a_cancelled_gathering_closes_its_room_and_its_guests_read_on(make, room):
    entry = make.entry(room)
    tablet = make._tablet(room)
    end_room(room)
    made = db.session.get(GuestPass, entry.pass_id)
    assert not made.may_act()
    assert made.may_be_read()
    assert db.session.get(GatheringTablet, tablet.id).closed_at is not None


def test_a_paused_phase_is_explained_and_nothing_is_written(make):
    campaign = make.campaign(open_phases=())
    gathering = make.gathering(state="RUNNING", campaign=campaign)
    guest = guest_of(make.entry(gathering).guest_pass)
    page = room_page(gathering, guest)
    assert page.why_not_vote
    assert page.why_not_write
    with pytest.raises(WrongState):
        write_idea(gathering, guest, "버스를 자주", "버스가 더 자주 오면 좋겠습니다")


def test_who_is_in_no_room_asks_in_vain(make, room):
    with pytest.raises(NotInRoom):
        room_page(room, guest_of(make.guest()))
    assert not db.session.scalars(sa.select(GatheringEntry)).all()

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum import create_app
from forum.core import clock
from forum.core.access import ANONYMOUS
from forum.core.errors import Forbidden, NotFound, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.joint import ending
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.grants import take_over
from forum.deliberation.joint.models import JointMove, JointRoom, JointSession, JointState
from forum.deliberation.joint.moves import move_to, newest_move
from forum.deliberation.joint.overview import overview_of
from forum.deliberation.joint.planning import cancel_session
from forum.deliberation.joint.running import finish_session, start_session
from forum.deliberation.joint.state import read_state
from forum.deliberation.joint.taking_part import join_online, say_alive
from forum.deliberation.rooms.models import GatheringEntry, IdeaRoom
from forum.people.accounts.models import Account
from forum.system.audit.models import AuditEntry
from tests.conftest import test_config
from tests.races import at_once


def three_rooms(make):
    planned = make.gathering(state="PLANNED")
    campaign = planned.campaign
    return [
        planned,
        make.gathering(state="RUNNING", campaign=campaign),
        make.gathering(state="CANCELLED", campaign=campaign),
    ]


def of_id(session_id):
    return db.session.get_one(JointSession, session_id)


def test_the_start_opens_the_rooms_that_wait_and_goes_to_the_first_step(make):
    rooms = three_rooms(make)
    session = make.joint_session(rooms, state="PLANNED")
    move = start_session(session, session.host, seen=1)
    db.session.commit()
    states = [db.session.get_one(Gathering, room.id).state.name for room in rooms]
    assert states == ["RUNNING", "RUNNING", "CANCELLED"]
    assert (session.state, move.number, move.position) == (JointState.RUNNING, 1, 1)
    assert read_state(session.id)["step"]["position"] == 1


def test_one_room_is_enough_and_none_is_not(make):
    lonely = make.joint_session([], state="PLANNED")
    with pytest.raises(WrongState, match="하나는"):
        start_session(lonely, lonely.host, seen=1)
    alone = make.joint_session([make.gathering()], state="PLANNED")
    start_session(alone, alone.host, seen=1)
    finish_session(alone, alone.host, seen=2)
    assert alone.state is JointState.FINISHED


def test_a_session_whose_rooms_were_all_cancelled_does_not_start(make):
    session = make.joint_session([make.gathering(state="CANCELLED")], state="PLANNED")
    with pytest.raises(WrongState, match="하나는"):
        start_session(session, session.host, seen=1)


def test_it_starts_an_hour_before_its_time_at_the_earliest(make):
    session = make.joint_session(state="PLANNED", starts_at=clock.now() + timedelta(minutes=61))
    with pytest.raises(WrongState, match="1시간 전"):
        start_session(session, session.host, seen=1)
    early = make.joint_session(state="PLANNED", starts_at=clock.now() + timedelta(minutes=59))
    start_session(early, early.host, seen=1)


def test_strangers_start_and_finish_nothing(make):
    session = make.joint_session(state="PLANNED")
    for stranger in (make.facilitator(), make.citizen(), make.analyst()):
        with pytest.raises(Forbidden):
            start_session(session, stranger, seen=1)
    running = make.joint_session()
    for stranger in (make.facilitator(), make.citizen(), make.analyst()):
        with pytest.raises(Forbidden):
            finish_session(running, stranger, seen=1)


def test_of_two_starts_at_once_one_counts(app, make):
    session = make.joint_session(state="PLANNED")
    host, admin, session_id = session.host, make.admin(), session.id

    def start(actor_id):
        return lambda: start_session(of_id(session_id), db.session.get_one(Account, actor_id), seen=1)

    results = at_once(app, [start(host.id), start(admin.id)])
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "WrongState"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(JointMove)) == 1


def test_of_two_moves_at_once_one_counts_and_the_other_is_told(app, make):
    session = make.joint_session()
    ids, session_id = (session.host_id, make.admin().id), session.id
    results = at_once(
        app,
        [
            lambda: move_to(of_id(session_id), 2, db.session.get_one(Account, ids[0]), seen=0),
            lambda: move_to(of_id(session_id), 3, db.session.get_one(Account, ids[1]), seen=0),
        ],
    )
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "WrongState"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(JointMove)) == 1


def test_a_move_and_a_cancelling_at_once_leave_no_move_after_the_end(app, make):
    session = make.joint_session()
    host_id, session_id = session.host_id, session.id
    at_once(
        app,
        [
            lambda: move_to(of_id(session_id), 2, db.session.get_one(Account, host_id), seen=0),
            lambda: cancel_session(of_id(session_id), db.session.get_one(Account, host_id), "큰비가 와요", seen=1),
        ],
    )
    found = of_id(session_id)
    assert found.state is JointState.CANCELLED
    newest = newest_move(session_id)
    assert newest is None or newest.moved_at <= found.cancelled_at
    with pytest.raises(WrongState):
        move_to(found, 3, found.host, seen=newest.number if newest else 0)


def test_the_end_closes_the_open_rooms_with_the_people_it_knows(make):
    one = make.gathering(state="RUNNING")
    counted = make.gathering(state="FINISHED", campaign=one.campaign, n_present=7)
    make.entry(one)
    make.entry(one)
    make.entry(one, is_admitted=False)
    session = make.joint_session([one, counted])
    finish_session(session, session.host, seen=1)
    db.session.commit()
    assert (one.state, one.n_present) == (GatheringState.FINISHED, 2)
    assert counted.n_present == 7
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "joint.finish")).one()
    assert entry.after == {"closed": [one.id]}


def test_what_higher_slices_registered_is_done_in_the_same_transaction(make, monkeypatch):
    monkeypatch.setattr(ending, "_steps", {})
    seen = []
    ending.register_at_session_end("report", lambda session, actor: seen.append((session.state, actor.id)))
    session = make.joint_session()
    finish_session(session, session.host, seen=1)
    assert seen == [(JointState.FINISHED, session.host_id)]


@pytest.mark.parametrize("state", ["PLANNED", "FINISHED", "CANCELLED"])
def test_what_does_not_run_is_not_finished(make, state):
    session = make.joint_session(state=state)
    with pytest.raises(WrongState):
        finish_session(session, session.host, seen=1)


def test_a_role_taken_away_bites_at_the_next_press(make):
    session = make.joint_session()
    move_to(session, 1, session.host, seen=0)
    session.host.confirmed_at = None
    db.session.flush()
    with pytest.raises(Forbidden):
        move_to(session, 2, session.host, seen=1)


def test_a_server_that_was_killed_goes_on_where_all_stood(app, make, tmp_path):
    session = make.joint_session()
    move_to(session, 1, session.host, seen=0)
    move_to(session, 4, session.host, seen=1)
    db.session.commit()
    url, session_id = db.engine.url.render_as_string(hide_password=False), session.id
    db.session.remove()
    another = create_app(test_config(url, tmp_path))
    with another.app_context():
        said = read_state(session_id)
        assert (said["move"], said["step"]["position"]) == (2, 4)
        again = db.session.get_one(JointSession, session_id)
        move_to(again, 5, again.host, seen=2)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    assert newest_move(session_id).position == 5


# online


def online_session(make, state="RUNNING"):
    gathering = make.gathering(state=state, seats=2)
    session = make.joint_session([gathering])
    db.session.get_one(JointRoom, gathering.id).is_online = True
    db.session.flush()
    return session, gathering


def test_an_account_joins_online_and_is_checked_in_by_that(make):
    session, gathering = online_session(make)
    citizen = make.citizen()
    join_online(session, citizen)
    join_online(session, citizen)
    entry = db.session.scalars(sa.select(GatheringEntry)).one()
    assert (entry.way.name, entry.participant_id, entry.admitted_by_id) == (
        "ACCOUNT",
        citizen.participant_id,
        session.host_id,
    )
    assert entry.admitted_at is not None
    assert gathering.id == entry.gathering_id


def test_who_joined_the_online_room_by_its_code_is_checked_in_too(make):
    session, gathering = online_session(make)
    citizen = make.citizen()
    db.session.add(
        GatheringEntry(gathering_id=gathering.id, number=1, way="ACCOUNT", participant_id=citizen.participant_id)
    )
    db.session.flush()
    join_online(session, citizen)
    assert db.session.scalars(sa.select(GatheringEntry)).one().admitted_at is not None


def test_the_online_room_has_seats_an_end_and_rules(make):
    session, _gathering = online_session(make)
    for role in (make.analyst(), make.admin(), make.citizen(confirmed=False), make.child()):
        with pytest.raises(Forbidden):
            join_online(session, role)
    join_online(session, make.citizen())
    join_online(session, make.citizen())
    with pytest.raises(WrongState, match="자리"):
        join_online(session, make.citizen())
    waiting, _room = online_session(make, state="PLANNED")
    with pytest.raises(WrongState):
        join_online(waiting, make.citizen())
    with pytest.raises(NotFound):
        join_online(make.joint_session(), make.citizen())


# what the host sees


def test_a_room_without_a_sign_and_without_anything_new_is_silent(make):
    quiet = make.gathering(state="RUNNING")
    writing = make.gathering(state="RUNNING", campaign=quiet.campaign)
    awake = make.gathering(state="RUNNING", campaign=quiet.campaign)
    session = make.joint_session([quiet, writing, awake])
    make.room_idea(writing, make.entry(writing))
    assert say_alive(awake.id) is True
    db.session.flush()
    now = overview_of(session)
    assert [line.room.gathering_id for line in now.silent] == [quiet.id]
    assert (now.total("n_people"), now.total("n_ideas")) == (1, 1)


def test_a_session_that_has_just_begun_calls_nobody_silent(make):
    session = make.joint_session(started_at=clock.now() - timedelta(minutes=4))
    assert overview_of(session).silent == []


def test_a_vote_in_the_room_is_a_sign_and_one_elsewhere_is_not(make):
    gathering = make.gathering(state="RUNNING")
    session = make.joint_session([gathering])
    entry = make.entry(gathering)
    idea = make.room_idea(gathering)
    db.session.execute(sa.update(IdeaRoom).values(added_at=clock.now() - timedelta(minutes=30)))
    make.vote(idea, make.citizen())
    db.session.flush()
    assert len(overview_of(session).silent) == 1
    make.vote(idea, entry.guest_pass)
    db.session.flush()
    now = overview_of(session)
    assert (now.silent, now.total("n_votes")) == ([], 1)


def test_a_gathering_by_itself_has_nobody_to_tell(make):
    assert say_alive(make.gathering(state="RUNNING").id) is False


def test_a_device_by_code_is_named_in_the_audit(make):
    session = make.joint_session()
    grant, _secret = take_over(session, codes_of(session, [])[0].code)
    move = move_to(session, 1, ANONYMOUS, seen=0, grant=grant)
    assert (move.moved_by_id, move.grant_id) == (None, grant.id)
    finish_session(session, ANONYMOUS, seen=1, grant=grant)
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "joint.finish")).one()
    assert (entry.actor_id, entry.actor_role.name, entry.after["by_code"]) == (None, "SYSTEM", grant.id)
    assert grant.revoked_at is not None

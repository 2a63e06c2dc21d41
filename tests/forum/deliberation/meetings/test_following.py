from __future__ import annotations

import pytest

from forum.core import clock
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.deliberation.council.hooks import run_after_seat_end
from forum.deliberation.meetings.following import require_motion
from forum.deliberation.meetings.models import Choice, MotionOutcome, MotionState, TieRule
from forum.deliberation.meetings.services import cast_ballot, close_motion, open_motion
from forum.deliberation.rounds.hooks import run_after_conflict, run_after_leaving
from forum.deliberation.rounds.models import ConflictStatement, TaskState
from tests.forum.deliberation.meetings.scene import approval, meeting_under_way, offered


@pytest.fixture
def scene(make):
    return meeting_under_way(make)


def withdraw(task, actor):
    task.state, task.reason = TaskState.WITHDRAWN, "거두었어요"
    db.session.flush()
    run_after_leaving(task, actor)


def declare(scene, task, seat):
    statement = ConflictStatement(task_id=task.id, seat_id=seat.id, text="친척의 회사예요")
    db.session.add(statement)
    db.session.flush()
    run_after_conflict(statement, seat.account)


def choose(make, scene, *places, n=3):
    """A closed motion whose places are given to these of its tasks."""
    motion = approval(make, scene, n=n, places=2)
    for member in scene.members[:3]:
        cast_ballot(motion, member, approved=[offered(motion)[place].id for place in places])
    close_motion(motion, scene.secretary, seen=motion.revision)
    return motion


def result_is(scene, tasks):
    require_motion(scene.round.stages[-1], [one.id for one in tasks], scene.secretary)


def test_a_vote_on_a_task_that_is_withdrawn_stops(make, scene):
    task = make.task(scene.round)
    motion = make.motion(make.agenda_item(scene.meeting, task))
    cast_ballot(motion, scene.members[0], Choice.YES)
    withdraw(task, scene.secretary)
    assert (motion.state, motion.ballots) == (MotionState.PLANNED, [])
    with pytest.raises(WrongState):
        open_motion(motion, scene.secretary, seen=motion.revision)


def test_a_merged_task_is_taken_out_of_an_open_approval_motion(make, scene):
    motion = approval(make, scene)
    first, second, _third = offered(motion)
    for member in scene.members[:3]:
        cast_ballot(motion, member, approved=[first.id, second.id])
    first.state, first.merged_into_id, first.reason = TaskState.MERGED, second.id, "같은 내용이에요"
    db.session.flush()
    run_after_leaving(first, scene.secretary)
    assert {tuple(one.approved) for one in motion.ballots} == {(second.id,)}
    assert close_motion(motion, scene.secretary, seen=motion.revision) is MotionOutcome.PASSED
    assert [(one.approvals, one.place) for one in motion.options] == [(None, None), (3, 1), (0, None)]


def test_a_conflict_takes_the_open_ballot_out_and_leaves_closed_ones(make, scene):
    task = make.task(scene.round)
    item = make.agenda_item(scene.meeting, task)
    closed, motion = make.motion(item), make.motion(item)
    for one in (closed, motion):
        cast_ballot(one, scene.members[0], Choice.YES)
        cast_ballot(one, scene.members[1], Choice.YES)
    close_motion(closed, scene.secretary, seen=1)
    declare(scene, task, scene.seats[0])
    assert [one.seat_id for one in motion.ballots] == [scene.seats[1].id]
    assert len(closed.ballots) == 2


def test_a_conflict_takes_the_task_out_of_an_open_approval_ballot(make, scene):
    motion = approval(make, scene)
    first, second, _third = offered(motion)
    for member in scene.members[:2]:
        cast_ballot(motion, member, approved=[first.id])
    declare(scene, first, scene.seats[0])
    assert [(one.choice, one.approved) for one in motion.ballots] == [(Choice.ABSTAIN, []), (Choice.YES, [first.id])]
    cast_ballot(motion, scene.members[0], approved=[second.id], seen=2)


def test_a_seat_that_ends_leaves_the_meeting_with_its_open_ballot(make, scene):
    motion, seat = make.motion(scene.item), scene.seats[4]
    for member in scene.members:
        cast_ballot(motion, member, Choice.NO)
    seat.ended_at, seat.end_reason = clock.now(), "사임"
    db.session.flush()
    run_after_seat_end(seat, scene.secretary)
    close_motion(motion, scene.secretary, seen=motion.revision)
    assert (motion.n_seats, motion.n_present, len(motion.ballots)) == (4, 4, 4)


def test_a_result_needs_a_motion_that_passed(make, scene):
    with pytest.raises(WrongState):
        result_is(scene, [])


def test_a_result_is_what_the_newest_motion_that_passed_chose(make, scene):
    choose(make, scene, 0)
    motion = choose(make, scene, 1, 2)
    choose(make, scene)  # failed: it changes nothing
    first, second, third = offered(motion)
    result_is(scene, [second, third])
    for wrong in ([first, second], [second], []):
        with pytest.raises(WrongState):
            result_is(scene, wrong)


def test_a_task_withdrawn_after_the_vote_is_no_part_of_the_result(make, scene):
    motion = choose(make, scene, 0, 1)
    first, second, _third = offered(motion)
    withdraw(first, scene.secretary)
    result_is(scene, [second])


def test_a_motion_of_another_round_chooses_nothing_here(make, scene):
    other = meeting_under_way(make)
    motion = choose(make, other, 0)
    with pytest.raises(WrongState):
        result_is(scene, offered(motion)[:1])


def test_a_tied_motion_is_no_result(make, scene):
    motion = approval(make, scene, tie_rule=TieRule.AGAIN)
    for member in scene.members[:3]:
        cast_ballot(motion, member, approved=[one.id for one in offered(motion)])
    assert close_motion(motion, scene.secretary, seen=1) is MotionOutcome.TIED
    with pytest.raises(WrongState):
        result_is(scene, offered(motion)[:2])

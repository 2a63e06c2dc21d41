from __future__ import annotations

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.meetings.models import AttendanceWay, Choice, MotionOutcome, MotionRule, MotionState, TieRule
from forum.deliberation.meetings.queries import chosen_by
from forum.deliberation.meetings.services import (
    add_motion,
    arrive,
    cast_ballot,
    close_motion,
    leave,
    open_motion,
    record_dissent,
    remove_motion,
    vote_again,
)
from forum.deliberation.rounds.models import TaskSource, TaskState
from tests.forum.deliberation.meetings.scene import approval, meeting_under_way, offered

YES, NO, ABSTAIN = Choice.YES, Choice.NO, Choice.ABSTAIN


@pytest.fixture
def scene(make):
    return meeting_under_way(make)


def vote(scene, motion, *choices):
    for member, choice in zip(scene.members, choices, strict=False):
        cast_ballot(motion, member, choice)


def approve(scene, motion, *approved):
    tasks = offered(motion)
    for member, places in zip(scene.members, approved, strict=False):
        cast_ballot(motion, member, approved=[tasks[place].id for place in places])


def stand_in_for(seat, account):
    seat.substitute_name, seat.substitute_id = "대리인", account.id
    db.session.flush()


def close(scene, motion):
    return close_motion(motion, scene.secretary, seen=motion.revision)


def test_a_motion_is_put_opened_voted_on_and_closed(scene):
    motion = add_motion(scene.item, scene.secretary, "계획을 확정할까요?", MotionRule.MAJORITY, TieRule.FAILS)
    open_motion(motion, scene.secretary, seen=1)
    vote(scene, motion, YES, YES, NO, ABSTAIN, YES)
    assert close(scene, motion) is MotionOutcome.PASSED
    assert (motion.n_seats, motion.n_present, motion.n_needed, motion.n_voters) == (5, 5, 3, 5)


@pytest.mark.parametrize(
    ("tie_rule", "outcome"), [(TieRule.FAILS, MotionOutcome.FAILED), (TieRule.AGAIN, MotionOutcome.TIED)]
)
def test_equal_votes_follow_the_tie_rule(make, scene, tie_rule, outcome):
    motion = make.motion(scene.item, tie_rule=tie_rule)
    vote(scene, motion, YES, YES, NO, NO, ABSTAIN)
    assert close(scene, motion) is outcome


@pytest.mark.parametrize(
    ("tie_rule", "outcome", "n_chosen"),
    [
        (TieRule.FAILS, MotionOutcome.PASSED, 1),
        (TieRule.AGAIN, MotionOutcome.TIED, 1),
        (TieRule.SEED, MotionOutcome.PASSED, 2),
    ],
)
def test_tasks_that_share_the_last_place_follow_the_tie_rule(make, scene, tie_rule, outcome, n_chosen):
    motion = approval(make, scene, tie_rule=tie_rule)
    approve(scene, motion, [0, 1, 2], [0, 1, 2], [0, 1, 2], [0])
    assert close(scene, motion) is outcome
    assert [one.place for one in motion.options].count(None) == 3 - n_chosen
    assert [one.approvals for one in motion.options] == [4, 3, 3]


def test_a_tie_is_voted_on_again_between_the_tied_for_the_places_left(make, scene):
    motion = approval(make, scene, tie_rule=TieRule.AGAIN)
    approve(scene, motion, [0, 1, 2], [0, 1, 2], [0, 1, 2], [0])
    close(scene, motion)
    again = vote_again(motion, scene.secretary)
    first, second, _third = offered(motion)
    assert (again.places, {one.id for one in offered(again)}) == (1, {one.id for one in offered(motion)[1:]})
    open_motion(again, scene.secretary, seen=1)
    for member in scene.members[:3]:
        cast_ballot(again, member, approved=[second.id])
    assert close(scene, again) is MotionOutcome.PASSED
    assert chosen_by(again) == {first.id, second.id}


def test_only_a_tie_is_voted_on_again(make, scene):
    motion = make.motion(scene.item)
    close(scene, motion)
    with pytest.raises(WrongState):
        vote_again(motion, scene.secretary)


def test_without_a_quorum_no_vote_begins(make):
    scene = meeting_under_way(make, n_present=2)
    with pytest.raises(WrongState, match="정족수"):
        open_motion(make.motion(scene.item, is_open=False), scene.secretary, seen=1)


def test_a_quorum_lost_in_mid_meeting_decides_nothing(make, scene):
    motion = make.motion(scene.item)
    vote(scene, motion, YES, YES, YES, YES, YES)
    for seat, member in zip(scene.seats[2:], scene.members[2:], strict=True):
        leave(scene.meeting, member, seat)
    assert close(scene, motion) is MotionOutcome.NO_QUORUM
    assert (motion.n_present, motion.n_needed) == (2, 3)
    assert [one.seat_id for one in motion.ballots] == [one.id for one in scene.seats[:2]]


def test_who_leaves_takes_their_open_ballot_and_may_come_back(make, scene):
    motion, seat = make.motion(scene.item), scene.seats[4]
    cast_ballot(motion, seat.account, YES)
    leave(scene.meeting, seat.account, seat)
    assert not motion.ballots
    with pytest.raises(Forbidden):
        cast_ballot(motion, seat.account, YES)
    arrive(scene.meeting, seat.account, seat, AttendanceWay.ONLINE)
    assert cast_ballot(motion, seat.account, NO).choice is NO


def test_a_ballot_is_changed_by_whoever_saw_the_last_one(make, scene):
    motion, member = make.motion(scene.item), scene.members[0]
    cast_ballot(motion, member, YES)
    assert cast_ballot(motion, member, YES, seen=0).revision == 1  # a double click
    with pytest.raises(WrongState):
        cast_ballot(motion, member, NO, seen=0)
    assert cast_ballot(motion, member, NO, seen=1).revision == 2
    assert len(motion.ballots) == 1


def test_a_closed_motion_takes_no_ballot(make, scene):
    motion = make.motion(scene.item)
    close(scene, motion)
    with pytest.raises(WrongState):
        cast_ballot(motion, scene.members[0], YES)
    with pytest.raises(WrongState):
        close(scene, motion)


def test_a_substitute_votes_in_the_members_place(make, scene):
    motion, seat, stand_in = make.motion(scene.item), scene.seats[2], make.citizen()
    stand_in_for(seat, stand_in)
    with pytest.raises(Forbidden):
        cast_ballot(motion, stand_in, YES)
    arrive(scene.meeting, stand_in, seat, AttendanceWay.ONLINE, by_substitute=True)
    assert cast_ballot(motion, stand_in, NO).by_substitute
    with pytest.raises(Forbidden):
        cast_ballot(motion, seat.account, YES)
    arrive(scene.meeting, seat.account, seat, AttendanceWay.IN_PERSON)
    assert not cast_ballot(motion, seat.account, YES, seen=1).by_substitute
    assert [one.choice for one in motion.ballots] == [YES]


def test_a_substitute_whose_idea_it_is_does_not_vote_on_it(make, scene):
    seat, stand_in = scene.seats[2], make.citizen()
    task = make.task(scene.round, ideas=[make.idea(campaign=scene.round.campaign, author=stand_in)])
    motion = make.motion(make.agenda_item(scene.meeting, task))
    stand_in_for(seat, stand_in)
    arrive(scene.meeting, stand_in, seat, AttendanceWay.IN_PERSON, by_substitute=True)
    with pytest.raises(Forbidden):
        cast_ballot(motion, stand_in, YES)
    assert close(scene, motion) is MotionOutcome.FAILED


def test_a_member_with_a_tie_neither_votes_nor_counts(make, scene):
    task = make.task(scene.round, proposer_seat_id=scene.seats[0].id, source=TaskSource.MEMBER)
    motion = make.motion(make.agenda_item(scene.meeting, task))
    with pytest.raises(Forbidden, match="이해관계"):
        cast_ballot(motion, scene.members[0], YES)
    for member, choice in zip(scene.members[1:], (YES, YES, YES, NO), strict=True):
        cast_ballot(motion, member, choice)
    close(scene, motion)
    assert (motion.n_present, motion.n_voters, motion.outcome) == (5, 4, MotionOutcome.PASSED)


def test_an_approval_ballot_may_not_contain_a_task_with_a_tie(make, scene):
    motion = approval(make, scene)
    first, second, _third = offered(motion)
    first.source, first.proposer_seat_id = TaskSource.MEMBER, scene.seats[0].id
    db.session.flush()
    with pytest.raises(InvalidInput):
        cast_ballot(motion, scene.members[0], approved=[first.id, second.id])
    assert cast_ballot(motion, scene.members[0], approved=[second.id]).approved == [second.id]


@pytest.mark.parametrize("ballot", [{"choice": YES}, {"approved": [0]}, {"choice": YES, "approved": [0]}])
def test_an_approval_ballot_names_tasks_of_the_motion(make, scene, ballot):
    with pytest.raises(InvalidInput):
        cast_ballot(approval(make, scene), scene.members[0], **ballot)


def test_a_yes_or_no_ballot_makes_a_choice(make, scene):
    with pytest.raises(InvalidInput):
        cast_ballot(make.motion(scene.item), scene.members[0])


def test_a_task_that_left_the_round_is_not_approved(make, scene):
    motion = approval(make, scene)
    task = offered(motion)[0]
    task.state, task.reason = TaskState.WITHDRAWN, "거두었어요"
    db.session.flush()
    with pytest.raises(InvalidInput):
        cast_ballot(motion, scene.members[0], approved=[task.id])


def test_who_attends_by_video_votes_only_where_the_term_counts_them(make, scene):
    motion, seat = make.motion(scene.item), scene.seats[4]
    arrive(scene.meeting, seat.account, seat, AttendanceWay.ONLINE)
    scene.term.counts_online = False
    db.session.flush()
    with pytest.raises(Forbidden):
        cast_ballot(motion, seat.account, YES)
    close(scene, motion)
    assert motion.n_voters == 4


def test_members_who_lost_explain_their_dissent(make, scene):
    motion = make.motion(scene.item)
    vote(scene, motion, YES, YES, YES, NO)
    with pytest.raises(WrongState):
        record_dissent(motion, scene.members[3], "비용을 더 따져야 해요")
    close(scene, motion)
    record_dissent(motion, scene.members[3], "비용을 더 따져야 해요. 010-1234-5678")
    mine = next(one for one in motion.ballots if one.seat_id == scene.seats[3].id)
    assert mine.dissent.startswith("비용")
    assert "5678" not in mine.dissent
    with pytest.raises(WrongState):
        record_dissent(motion, scene.members[0], "찬성했어요")
    with pytest.raises(Forbidden):
        record_dissent(motion, scene.members[4], "투표하지 않았어요")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"rule": MotionRule.MAJORITY, "tie_rule": TieRule.SEED}, "tie_rule"),
        ({"rule": MotionRule.TWO_THIRDS, "tie_rule": TieRule.AGAIN}, "tie_rule"),
        ({"rule": MotionRule.MAJORITY, "tie_rule": TieRule.FAILS, "places": 2}, "tasks"),
        ({"rule": MotionRule.APPROVAL, "tie_rule": TieRule.FAILS}, "tasks"),
        ({"rule": MotionRule.APPROVAL, "tie_rule": TieRule.FAILS, "places": 21}, "places"),
        ({"rule": MotionRule.MAJORITY, "tie_rule": TieRule.FAILS, "text": " "}, "text"),
    ],
)
def test_a_motion_that_makes_no_sense_is_refused(scene, values, field):
    with pytest.raises(InvalidInput) as refused:
        add_motion(scene.item, scene.secretary, **({"text": "할까요?"} | values))
    assert field in refused.value.errors


def test_only_tasks_of_the_meetings_round_are_offered(make, scene):
    with pytest.raises(InvalidInput):
        add_motion(
            scene.item, scene.secretary, "고를까요?", MotionRule.APPROVAL, TieRule.FAILS, 1, [make.task(), make.task()]
        )


def test_only_a_motion_that_was_never_opened_is_removed(make, scene):
    remove_motion(make.motion(scene.item, is_open=False), scene.secretary, seen=1)
    assert not scene.item.motions
    with pytest.raises(WrongState):
        remove_motion(make.motion(scene.item), scene.secretary, seen=1)


@pytest.mark.parametrize(
    ("role", "allowed"), [("ANALYST", True), ("ADMIN", True), ("CITIZEN", False), ("COUNCIL_MEMBER", False)]
)
def test_who_runs_motions(make, scene, role, allowed):
    actor = make.account(Role(role))
    motion = make.motion(scene.item, is_open=False)
    for act in (
        lambda: open_motion(motion, actor, seen=motion.revision),
        lambda: close_motion(motion, actor, seen=motion.revision),
        lambda: add_motion(scene.item, actor, "할까요?", MotionRule.MAJORITY, TieRule.FAILS),
    ):
        if allowed:
            act()
        else:
            with pytest.raises(Forbidden):
                act()
    assert (motion.state is MotionState.CLOSED) is allowed


def test_a_motion_is_closed_by_whoever_saw_it_as_it_is(make, scene):
    motion = make.motion(scene.item)
    with pytest.raises(WrongState):
        close_motion(motion, scene.secretary, seen=motion.revision + 1)


def test_a_seat_that_ended_votes_no_more(make, scene):
    motion, seat = make.motion(scene.item), scene.seats[2]
    seat.ended_at, seat.end_reason = clock.now(), "사임"
    db.session.flush()
    with pytest.raises(Forbidden):
        cast_ballot(motion, seat.account, YES)

"""`flask forum check` counts votes a second way; each kind of wrong row is found."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from forum.administration.operations import meetings
from forum.administration.operations.meetings import (
    council_minutes,
    council_motions,
    council_papers,
    council_results,
)
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.meetings.models import (
    AgendaFile,
    Attendance,
    Choice,
    CouncilMinutes,
    Motion,
    MotionBallot,
    MotionOption,
    TieRule,
)
from forum.deliberation.meetings.services import (
    add_item,
    cast_ballot,
    close_meeting,
    close_motion,
    leave,
    open_motion,
    sign_minutes,
    vote_again,
)
from forum.deliberation.rounds.models import StageDecision, StageState
from forum.web.uploads import Upload
from tests.forum.deliberation.meetings.scene import approval, meeting_under_way, offered
from tests.unguarded import unguarded


def differences(check):
    db.session.expire_all()
    return check().differences


def close(scene, motion):
    close_motion(motion, scene.secretary, seen=motion.revision)


@pytest.fixture
def voted(make):
    """A meeting with every kind of outcome, its minutes signed, and the round's result recorded."""
    scene = meeting_under_way(make)
    for choices, tie_rule in (([Choice.YES] * 3, TieRule.FAILS), ([Choice.YES, Choice.NO], TieRule.AGAIN)):
        motion = make.motion(scene.item, tie_rule=tie_rule)
        for member, choice in zip(scene.members, choices, strict=False):
            cast_ballot(motion, member, choice)
        close(scene, motion)
    for tie_rule in (TieRule.FAILS, TieRule.SEED, TieRule.AGAIN):
        motion = approval(make, scene, tie_rule=tie_rule)
        first, *others = (one.id for one in offered(motion))
        for member in scene.members[:3]:
            cast_ballot(motion, member, approved=[first, *others])
        cast_ballot(motion, scene.members[3], approved=[first])
        close(scene, motion)
    again = vote_again(motion, scene.secretary)
    open_motion(again, scene.secretary, seen=1)
    for member in scene.members[:3]:
        cast_ballot(again, member, approved=[others[0]])
    close(scene, again)
    _record_result(scene, {first, others[0]}, others[1])
    for seat in scene.seats[2:]:
        leave(scene.meeting, scene.secretary, seat)
    lost = make.motion(scene.item)
    close(scene, lost)
    add_item(scene.meeting, scene.secretary, "계획", uploads=[Upload("a.pdf", "application/pdf", b"%PDF-1.7")])
    minutes = close_meeting(scene.meeting, scene.secretary, seen=scene.meeting.revision)
    for member in scene.members[:2]:
        sign_minutes(minutes, member, seen=minutes.revision)
    db.session.commit()
    return scene


def _record_result(scene, chosen, left_out):
    stage = scene.round.stages[-1]
    stage.state, stage.closed_at, stage.decided_at = StageState.DECIDED, clock.now(), clock.now()
    for task_id in (*chosen, left_out):
        row = StageDecision(stage_id=stage.id, task_id=task_id, round_id=stage.round_id, goes_on=task_id in chosen)
        db.session.add(row)
    db.session.flush()


def test_what_the_services_did_agrees(voted):
    for check in (council_motions, council_minutes, council_results, council_papers):
        finding = check()
        assert (finding.differences, finding.n_checked > 0) == ([], True)


PASSED = Motion.outcome == "PASSED"
CHOOSES = Motion.rule == "APPROVAL"


WRONG_VOTES = (
    sa.update(Motion).where(PASSED, ~CHOOSES).values(outcome="FAILED"),
    sa.update(Motion).where(Motion.outcome == "TIED", ~CHOOSES).values(outcome="FAILED"),
    sa.update(Motion).where(Motion.outcome == "TIED", CHOOSES).values(outcome="PASSED"),
    sa.update(Motion).where(Motion.outcome == "NO_QUORUM").values(outcome="FAILED"),
    sa.update(Motion).where(PASSED).values(n_present=Motion.n_present - 1, n_voters=None),
    sa.update(Motion).where(PASSED).values(n_needed=Motion.n_needed - 1),
    sa.update(Motion).where(PASSED, ~CHOOSES).values(n_voters=0),
    sa.update(MotionOption).where(MotionOption.approvals == 4).values(approvals=5),
    sa.update(MotionOption).where(MotionOption.place == 2).values(place=None),
    sa.update(MotionBallot).values(choice="ABSTAIN"),
    sa.update(MotionBallot).where(MotionBallot.choice == "YES").values(approved=[99]),
    sa.delete(MotionBallot).where(MotionBallot.choice == "NO"),
    sa.update(Attendance).values(left_at=Attendance.arrived_at),
)


def test_a_motion_that_was_counted_wrong_is_found(voted, monkeypatch):
    with unguarded("council_motion", "council_ballot") as connection:
        for wrong in WRONG_VOTES:
            planted = connection.begin_nested()
            connection.execute(wrong)
            with Session(connection) as session, monkeypatch.context() as patch:
                patch.setattr(meetings, "db", SimpleNamespace(session=session))
                assert council_motions().differences, str(wrong)
            planted.rollback()


def test_minutes_that_say_something_else_are_found(voted):
    minutes = db.session.get_one(CouncilMinutes, voted.meeting.id)
    facts = dict(minutes.facts)
    facts["items"][0]["motions"][0]["outcome"] = "FAILED"
    with unguarded("council_minutes") as connection:
        connection.execute(sa.update(CouncilMinutes).values(facts=facts))
    assert differences(council_minutes)


def test_minutes_signed_by_the_wrong_chair_are_found(voted):
    with unguarded("council_minutes") as connection:
        connection.execute(sa.update(CouncilMinutes).values(civil_chair_id=CouncilMinutes.government_chair_id))
    assert differences(council_minutes)


def test_a_result_that_no_motion_chose_is_found(voted):
    with unguarded("council_stage_decision") as connection:
        connection.execute(sa.update(StageDecision).values(goes_on=True))
    assert differences(council_results) == [f"대표과제 선정 {voted.round.id}번"]


def test_a_result_without_a_motion_is_found(make):
    scene = meeting_under_way(make)
    _record_result(scene, {make.task(scene.round).id}, make.task(scene.round).id)
    assert differences(council_results)


def test_a_paper_that_changed_is_found(voted):
    with unguarded("council_agenda_file") as connection:
        connection.execute(sa.update(AgendaFile).values(content=b"other"))
    assert differences(council_papers)

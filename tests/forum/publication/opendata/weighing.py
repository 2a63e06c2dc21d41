"""A round of the council with a row in each table of open data."""

from __future__ import annotations

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind
from forum.deliberation.meetings.models import Choice, MeetingState, MotionOutcome, MotionState
from forum.deliberation.rounds.models import ConflictStatement, StageKind
from forum.deliberation.scorecards.models import StageResult, TaskResult
from forum.people.accounts.models import Account


def weigh(make, campaign=None, ideas=None):
    """A round under way: scores of a decided and of an open stage, a closed and an open motion, two statements."""
    round_ = make.council_round(campaign=campaign, present=StageKind.PEOPLE_TEAM)
    task, seat = make.task(round_, ideas), make.seat(round_.term, name="김위원")
    member = make.team_member(make.council_group(round_.term, kind=GroupKind.TEAM))
    for kind, numbers in ((StageKind.SUBCOMMITTEE, (1, 2)), (StageKind.PEOPLE_TEAM, (1,))):
        for number in numbers:
            result = StageResult(stage_id=round_.stage(kind).id, number=number, n_cards=2)
            db.session.add(result)
            db.session.flush()
            scores = {"mean": 4.0, "median": 4.0, "spread": 0.5, "rank_low": 1, "rank_high": 1}
            db.session.add(TaskResult(result_id=result.id, task_id=task.id, rank=1, n=2, **scores))
    meeting = make.meeting(round_.term, round_id=round_.id, state=MeetingState.OPEN)
    make.attendance(meeting, seat)
    item = make.agenda_item(meeting, task)
    closed, still_open = make.motion(item), make.motion(item)
    for motion in (closed, still_open):
        make.ballot(motion, seat, Choice.NO, dissent="더 따져야 해요")
    closed.state, closed.closed_at, closed.outcome = MotionState.CLOSED, clock.now(), MotionOutcome.FAILED
    closed.n_seats = closed.n_present = closed.n_needed = closed.n_voters = 1
    db.session.add_all(
        [
            ConflictStatement(task_id=task.id, seat_id=seat.id, text="우리 단체 일이에요"),
            ConflictStatement(task_id=task.id, team_member_id=member.id, text="이웃 일이에요", is_late=True),
        ]
    )
    db.session.commit()
    round_.team_account = db.session.get_one(Account, member.account_id)
    return round_

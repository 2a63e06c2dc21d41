"""Finalists, members' ratings of them, and the published lists of both sides.

A rating counts if it was given while the assembly stage was open, its seat did not end before that stage closed, and
its member has declared no conflict on the task.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.advisory.models import (
    AdvisoryBallot,
    AdvisorySide,
    AdvisorySlate,
    BallotTask,
    DepartureReason,
    FinalistRating,
)
from forum.deliberation.council.models import Seat
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    StageDecision,
    StageKind,
    StageState,
    TaskIdea,
    TaskState,
)
from forum.deliberation.rounds.queries import tasks_of
from forum.people.accounts.models import Account, Participant
from forum.system.jobs.models import Job
from forum.system.jobs.queries import newest_job
from forum.voice.ideas.models import Idea

SLATE_JOB = "advisory.slate"


def assembly_of(round_: CouncilRound) -> RoundStage:
    return round_.stage(StageKind.ASSEMBLY)


def finalists(round_: CouncilRound) -> Sequence[CouncilTask]:
    """Return the tasks on which the assembly decides or has decided, by number; none before it opens."""
    stage = assembly_of(round_)
    if stage.state is StageState.PLANNED:
        return ()
    if stage.state is not StageState.DECIDED:
        return tasks_of(round_.id, TaskState.IN_ROUND)
    query = (
        sa.select(CouncilTask)
        .join(StageDecision, StageDecision.task_id == CouncilTask.id)
        .where(StageDecision.stage_id == stage.id)
        .order_by(CouncilTask.number)
    )
    return db.session.scalars(query).all()


def ratings_of(seat_id: int, task_ids: Collection[int]) -> dict[int, int]:
    """Return a member's own ratings of these tasks, by task."""
    query = sa.select(FinalistRating.task_id, FinalistRating.value).where(
        FinalistRating.seat_id == seat_id, FinalistRating.task_id.in_(sorted(task_ids))
    )
    return {row.task_id: row.value for row in db.session.execute(query)}


def tied_tasks(seat: Seat, task_ids: Collection[int]) -> set[int]:
    """Return those of these tasks that a member does not rate, by the rule of `rounds.queries.has_tie`."""
    task_ids = sorted(task_ids)
    queries = [
        sa.select(CouncilTask.id).where(CouncilTask.id.in_(task_ids), CouncilTask.proposer_seat_id == seat.id),
        sa.select(ConflictStatement.task_id).where(
            ConflictStatement.task_id.in_(task_ids), ConflictStatement.seat_id == seat.id
        ),
    ]
    if seat.account_id is not None:
        queries.append(
            sa.select(TaskIdea.task_id)
            .join(Idea, Idea.id == TaskIdea.idea_id)
            .join(Participant, Participant.id == Idea.author_id)
            .where(TaskIdea.task_id.in_(task_ids), Participant.account_id == seat.account_id)
        )
    return set(db.session.scalars(sa.union(*queries)))


def counted_ratings(round_: CouncilRound) -> list[tuple[int, int, int]]:
    """Return the ratings that count for the members' list: (seat id, number of the task, 1, 0 or -1), in this order."""
    closed_at = assembly_of(round_).closed_at or clock.now()
    declared = sa.exists().where(
        ConflictStatement.task_id == FinalistRating.task_id, ConflictStatement.seat_id == FinalistRating.seat_id
    )
    query = (
        sa.select(FinalistRating.seat_id, CouncilTask.number, FinalistRating.value)
        .join(CouncilTask, CouncilTask.id == FinalistRating.task_id)
        .join(Seat, Seat.id == FinalistRating.seat_id)
        .where(
            CouncilTask.round_id == round_.id,
            CouncilTask.state == TaskState.IN_ROUND,
            FinalistRating.rated_at <= closed_at,
            sa.or_(Seat.ended_at.is_(None), Seat.ended_at > closed_at),
            ~declared,
        )
        .order_by(FinalistRating.seat_id, CouncilTask.number)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def n_raters(round_: CouncilRound) -> int:
    """Return how many members in office have rated a finalist. What they said is nobody's to see before the list."""
    query = (
        sa.select(sa.func.count(sa.distinct(FinalistRating.seat_id)))
        .join(CouncilTask, CouncilTask.id == FinalistRating.task_id)
        .join(Seat, Seat.id == FinalistRating.seat_id)
        .where(CouncilTask.round_id == round_.id, CouncilTask.state == TaskState.IN_ROUND, Seat.ended_at.is_(None))
    )
    return db.session.scalar(query) or 0


def slates_of(round_id: int) -> dict[AdvisorySide, AdvisorySlate]:
    """Return the published lists of a round, the members' first."""
    query = sa.select(AdvisorySlate).where(AdvisorySlate.round_id == round_id)
    found = {slate.side: slate for slate in db.session.scalars(query)}
    return {side: found[side] for side in AdvisorySide if side in found}


def slate_of(round_id: int, side: AdvisorySide) -> AdvisorySlate | None:
    return db.session.get(AdvisorySlate, (round_id, side))


def latest_slate_job(round_id: int) -> Job | None:
    """Return the newest job that was to make the members' list of this round."""
    return newest_job(SLATE_JOB, f"round:{round_id}")


def ballot_of(round_id: int) -> AdvisoryBallot | None:
    """Return the citizens' ballot of a round; None if none was opened."""
    return db.session.get(AdvisoryBallot, round_id)


def ballot_on(shortlist_id: int) -> AdvisoryBallot | None:
    """Return the ballot whose shortlist this is; None for an ordinary shortlist."""
    return db.session.scalar(sa.select(AdvisoryBallot).where(AdvisoryBallot.shortlist_id == shortlist_id))


def tasks_by_idea(round_id: int) -> dict[int, int]:
    """Return which task each idea of the citizens' ballot stood for: {idea id: task id}."""
    query = sa.select(BallotTask.idea_id, BallotTask.task_id).where(BallotTask.round_id == round_id)
    return {row.idea_id: row.task_id for row in db.session.execute(query.order_by(BallotTask.idea_id))}


def reasons_of(task_ids: Collection[int]) -> dict[int, DepartureReason]:
    """Return the council's reasons, by task."""
    query = sa.select(DepartureReason).where(DepartureReason.task_id.in_(sorted(task_ids)))
    return {reason.task_id: reason for reason in db.session.scalars(query.order_by(DepartureReason.task_id))}


def n_late_conflicts(slate: AdvisorySlate) -> int:
    """Return how many of a round's conflicts were declared by members after their list was published."""
    query = (
        sa.select(sa.func.count())
        .select_from(ConflictStatement)
        .join(CouncilTask, CouncilTask.id == ConflictStatement.task_id)
        .join(
            FinalistRating,
            sa.and_(
                FinalistRating.task_id == ConflictStatement.task_id,
                FinalistRating.seat_id == ConflictStatement.seat_id,
            ),
        )
        .where(CouncilTask.round_id == slate.round_id, ConflictStatement.declared_at > slate.made_at)
    )
    return db.session.scalar(query) or 0


def member_accounts(term_id: int) -> list[int]:
    """Return the accounts of the members in office, without those that are closed."""
    query = (
        sa.select(Account.id)
        .join(Seat, Seat.account_id == Account.id)
        .where(Seat.term_id == term_id, Seat.ended_at.is_(None), Account.active)
        .order_by(Account.id)
    )
    return list(db.session.scalars(query))


def how_far(seat: Seat, tasks: Sequence[CouncilTask]) -> tuple[int, int]:
    """Return how many finalists a member has rated, and how many they may rate."""
    own = {task.id for task in tasks} - tied_tasks(seat, [task.id for task in tasks])
    return len(ratings_of(seat.id, own)), len(own)

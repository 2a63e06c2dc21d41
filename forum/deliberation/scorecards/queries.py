from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, RoundStage, StageState
from forum.deliberation.rounds.queries import Member, member_at
from forum.deliberation.scorecards.models import Criterion, Scorecard, StageResult, TaskResult

RESULT_JOB = "scorecards.compute"


def criteria_of(round_id: int) -> Sequence[Criterion]:
    """Return the criteria of a round, in their order."""
    query = sa.select(Criterion).where(Criterion.round_id == round_id).order_by(Criterion.position)
    return db.session.scalars(query).all()


def get_stage(stage_id: int) -> RoundStage:
    """:raise NotFound:"""
    found = db.session.get(RoundStage, stage_id)
    if found is None:
        raise NotFound(_("그런 단계가 없어요."))
    return found


def get_card(card_id: int) -> Scorecard:
    """:raise NotFound:"""
    found = db.session.get(Scorecard, card_id)
    if found is None:
        raise NotFound(_("그런 평가표가 없어요."))
    return found


def card_of(stage: RoundStage, task_id: int, member: Member) -> Scorecard | None:
    """Return a member's card of a task at a stage; None without one."""
    columns = member.columns()
    own = (
        Scorecard.seat_id == columns["seat_id"]
        if member.seat is not None
        else Scorecard.team_member_id == columns["team_member_id"]
    )
    query = sa.select(Scorecard).where(Scorecard.stage_id == stage.id, Scorecard.task_id == task_id, own)
    return db.session.scalar(query.options(selectinload(Scorecard.scores)))


def takes_part(round_: CouncilRound, actor: Actor) -> bool:
    """Return whether the actor scores at any stage of a round. Others hear nothing of whether scoring is open."""
    return any(member_at(actor, stage) is not None for stage in round_.stages if stage.kind.is_scored)


def own_cards(actor: Actor, round_id: int) -> Sequence[Scorecard]:
    """Return the actor's own cards of a round, the newest first."""
    query = (
        sa.select(Scorecard)
        .join(RoundStage, RoundStage.id == Scorecard.stage_id)
        .where(Scorecard.author_id == actor.participant_id, RoundStage.round_id == round_id)
        .options(joinedload(Scorecard.task), joinedload(Scorecard.stage))
        .order_by(Scorecard.id.desc())
    )
    return db.session.scalars(query).all() if actor.participant_id is not None else ()


def cards_of_stage(stage_id: int) -> Sequence[Scorecard]:
    """Return all cards of a stage with their scores, in the order in which they were first filled in."""
    query = (
        sa.select(Scorecard)
        .where(Scorecard.stage_id == stage_id)
        .options(selectinload(Scorecard.scores), joinedload(Scorecard.seat))
        .order_by(Scorecard.id)
    )
    return db.session.scalars(query).all()


def result_of(stage_id: int) -> StageResult | None:
    """Return the newest result of a stage; None while nothing is computed."""
    query = (
        sa.select(StageResult)
        .where(StageResult.stage_id == stage_id)
        .options(selectinload(StageResult.tasks).joinedload(TaskResult.task))
        .order_by(StageResult.number.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def ranks_by_scores(stage: RoundStage) -> dict[int, int] | None:
    """Return the ranks of a closed stage's tasks that are still in the round, 1, 2, 3 …; None before they are computed.

    A task that was withdrawn or merged since leaves no gap.
    """
    if not stage.kind.is_scored:
        return None
    query = (
        sa.select(TaskResult.task_id)
        .join(StageResult, StageResult.id == TaskResult.result_id)
        .join(CouncilTask, CouncilTask.id == TaskResult.task_id)
        .where(StageResult.id == newest_result_id(stage.id), CouncilTask.state == "IN_ROUND")
        .order_by(TaskResult.rank)
    )
    if db.session.scalar(sa.select(newest_result_id(stage.id))) is None:
        return None
    return {task_id: place for place, task_id in enumerate(db.session.scalars(query), start=1)}


def newest_result_id(stage_id: int) -> sa.ScalarSelect[int]:
    """Return the select of the id of a stage's newest result."""
    return (
        sa.select(StageResult.id)
        .where(StageResult.stage_id == stage_id)
        .order_by(StageResult.number.desc())
        .limit(1)
        .scalar_subquery()
    )


def is_public_stage(stage: RoundStage) -> bool:
    """Return whether everybody may read a stage's scores: it is closed, and they are computed."""
    closed = stage.state in {StageState.CLOSED, StageState.DECIDED}
    return closed and db.session.scalar(sa.select(newest_result_id(stage.id))) is not None


def results_of_task(task_id: int) -> Sequence[TaskResult]:
    """Return what the stages' newest results say of a task, in the order of the stages."""
    newest = (
        sa.select(sa.func.max(StageResult.number))
        .where(StageResult.stage_id == RoundStage.id)
        .correlate(RoundStage)
        .scalar_subquery()
    )
    query = (
        sa.select(TaskResult)
        .join(StageResult, StageResult.id == TaskResult.result_id)
        .join(RoundStage, RoundStage.id == StageResult.stage_id)
        .where(TaskResult.task_id == task_id, StageResult.number == newest)
        .options(joinedload(TaskResult.result).joinedload(StageResult.stage))
        .order_by(RoundStage.position)
    )
    return db.session.scalars(query).all()

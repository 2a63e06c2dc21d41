"""The tables of the council's rounds: tasks, scores without names, open ballots by name, and statements of conflicts.

Only of rounds that are public, scores of stages that are closed, ballots of motions that are closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.clock import SEOUL
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.council.models import Seat
from forum.deliberation.meetings.models import AgendaItem, CouncilMeeting, Motion, MotionBallot, MotionState
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    RoundState,
    StageState,
    TaskIdea,
)
from forum.deliberation.scorecards.models import StageResult, TaskResult
from forum.publication.digests.columns import Columns, address, day, integer, score, text, yes
from forum.voice.campaigns.models import Campaign

Row = tuple[Any, ...]
TITLE = 40


def _round_columns() -> Columns:
    return (
        integer("round_id", _("선정 번호"), _("대표과제 선정의 번호예요.")),
        text("round", _("선정"), _("대표과제 선정의 제목이에요."), TITLE),
    )


def _task_columns() -> Columns:
    return (
        integer("task_id", _("과제 번호"), _("과제의 번호예요.")),
        text("task", _("과제"), _("과제의 제목이에요."), TITLE),
    )


def task_columns() -> Columns:
    return (
        *_round_columns(),
        *_task_columns(),
        text("summary", _("요약"), _("과제의 요약이에요."), TITLE),
        text("source", _("나온 곳"), _("과제가 어디에서 나왔는지예요.")),
        yes("has_words", _("시민의 말"), _("시민의 제안에서 나왔으면 ‘예’예요.")),
        integer("ideas", _("제안"), _("과제가 나온 제안의 수예요.")),
        text("state", _("상태"), _("과제가 어떻게 되었는지예요.")),
        text("left_at", _("빠진 단계"), _("다음으로 올라가지 못한 과제면 어느 단계에서였는지예요.")),
        integer("merged_into", _("합친 과제"), _("다른 과제에 합쳤으면 그 과제의 번호예요.")),
        text("reason", _("까닭"), _("선정에서 빠진 까닭이에요."), TITLE),
        address(_("누리집에서 이 과제를 볼 수 있는 주소예요.")),
    )


def score_columns() -> Columns:
    return (
        *_round_columns(),
        text("stage", _("단계"), _("점수를 매긴 단계예요.")),
        integer("result", _("결과 번호"), _("단계의 몇 번째 계산인지예요. 늦은 신고가 있으면 다시 계산해요.")),
        *_task_columns(),
        integer("rank", _("순위"), _("점수로 본 순위예요.")),
        integer("cards", _("평가표"), _("셈에 든 평가표의 수예요. 이름은 싣지 않아요.")),
        score("mean", _("평균"), _("점수(1~5)의 평균이에요.")),
        score("median", _("중앙값"), _("점수(1~5)의 중앙값이에요.")),
        score("spread", _("흩어짐"), _("점수의 사분위 범위예요.")),
        integer("rank_low", _("순위 구간 위"), _("90% 구간에서 가장 높은 순위예요.")),
        integer("rank_high", _("순위 구간 아래"), _("90% 구간에서 가장 낮은 순위예요.")),
    )


def ballot_columns() -> Columns:
    return (
        *_round_columns(),
        integer("meeting_id", _("회의 번호"), _("표결한 회의의 번호예요.")),
        integer("motion_id", _("표결 번호"), _("표결의 번호예요.")),
        text("motion", _("표결"), _("물은 것이에요."), TITLE),
        text("rule", _("규칙"), _("무엇이 있어야 가결되는지예요.")),
        text("outcome", _("결과"), _("표결의 결과예요.")),
        text("member", _("위원"), _("표를 낸 위원의 이름이에요. 협의회는 이름을 밝히고 표결해요.")),
        text("office", _("직함"), _("위원의 직함이에요."), 24),
        yes("by_substitute", _("대리"), _("대리인이 표를 냈으면 ‘예’예요.")),
        text("choice", _("표"), _("찬성, 반대, 기권 가운데 하나예요.")),
        text("approved", _("찬성한 과제"), _("여러 과제에서 고르는 표결이면 찬성한 과제의 번호예요.")),
        text("dissent", _("소수 의견"), _("위원이 적어 달라고 한 소수 의견이에요."), TITLE),
        address(_("누리집에서 이 회의를 볼 수 있는 주소예요.")),
    )


def conflict_columns() -> Columns:
    return (
        *_round_columns(),
        *_task_columns(),
        text("member", _("위원"), _("신고한 위원의 이름이에요. 국민포럼팀 위원은 이름을 싣지 않아요.")),
        text("office", _("직함"), _("위원의 직함이에요."), 24),
        text("text", _("내용"), _("신고한 이해관계예요."), TITLE),
        yes("is_late", _("늦은 신고"), _("점수를 매긴 뒤에 신고했으면 ‘예’예요.")),
        day("declared_on", _("신고한 날"), _("이해관계를 신고한 날이에요.")),
    )


def task_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the tasks of public rounds, by round and number."""
    n_ideas = sa.select(sa.func.count()).where(TaskIdea.task_id == CouncilTask.id).correlate(CouncilTask)
    query = (
        sa.select(CouncilTask, n_ideas.scalar_subquery(), RoundStage)
        .join(CouncilTask.round)
        .outerjoin(RoundStage, RoundStage.id == CouncilTask.out_stage_id)
        .where(_is_public(campaign))
        .options(joinedload(CouncilTask.round))
        .order_by(CouncilTask.round_id, CouncilTask.number)
    )
    for task, n, left_at in db.session.execute(query):
        yield (
            *(task.round_id, task.round.title, task.id, task.title, task.summary),
            *(str(task.source.label), task.has_words, n, str(task.state.label)),
            str(left_at.kind.label) if left_at else "",
            task.merged_into_id,
            task.reason,
            link_to("rounds.task", task_id=task.id),
        )


def score_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the newest result of each closed stage, by rank."""
    query = (
        sa.select(TaskResult, StageResult, RoundStage, CouncilRound, CouncilTask)
        .join(StageResult, StageResult.id == TaskResult.result_id)
        .join(RoundStage, RoundStage.id == StageResult.stage_id)
        .join(CouncilRound, CouncilRound.id == RoundStage.round_id)
        .join(CouncilTask, CouncilTask.id == TaskResult.task_id)
        .where(_is_public(campaign), *_is_told())
        .order_by(CouncilRound.id, RoundStage.position, TaskResult.rank, TaskResult.task_id)
    )
    for one, result, stage, round_, task in db.session.execute(query):
        yield (
            *(round_.id, round_.title, str(stage.kind.label), result.number, task.id, task.title),
            *(one.rank, one.n, one.mean, one.median, one.spread, one.rank_low, one.rank_high),
        )


def ballot_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the ballots of closed motions of a round's meetings, by motion and seat."""
    query = (
        _ballots(campaign, MotionBallot, Motion, CouncilMeeting, CouncilRound, Seat)
        .join(Seat, Seat.id == MotionBallot.seat_id)
        .order_by(Motion.id, Seat.id)
    )
    for ballot, motion, meeting, round_, seat in db.session.execute(query):
        yield (
            *(round_.id, round_.title, meeting.id, motion.id, motion.text, str(motion.rule.label)),
            *(str(motion.outcome.label), seat.name, seat.office, ballot.by_substitute, str(ballot.choice.label)),
            ", ".join(map(str, ballot.approved)),
            ballot.dissent,
            link_to("meetings.show", meeting_id=meeting.id),
        )


def conflict_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the statements on tasks of public rounds, in the order in which they were made."""
    query = (
        sa.select(ConflictStatement, CouncilTask, CouncilRound)
        .join(CouncilTask, CouncilTask.id == ConflictStatement.task_id)
        .join(CouncilRound, CouncilRound.id == CouncilTask.round_id)
        .where(_is_public(campaign))
        .options(joinedload(ConflictStatement.seat))
        .order_by(ConflictStatement.id)
    )
    for one, task, round_ in db.session.execute(query):
        who = (one.seat.name, one.seat.office) if one.seat else (_("국민포럼팀 위원"), "")
        on = one.declared_at.astimezone(SEOUL).date()
        yield (round_.id, round_.title, task.id, task.title, *who, one.text, one.is_late, on)


def council_counts(campaign: Campaign) -> dict[str, sa.Select[int]]:
    """Return for each table a query that counts its rows."""
    n = sa.func.count()
    is_public = _is_public(campaign)
    tasks = sa.select(n).select_from(CouncilTask).join(CouncilRound, CouncilRound.id == CouncilTask.round_id)
    return {
        "tasks": tasks.where(is_public),
        "scores": sa.select(n)
        .select_from(TaskResult)
        .join(StageResult, StageResult.id == TaskResult.result_id)
        .join(RoundStage, RoundStage.id == StageResult.stage_id)
        .join(CouncilRound, CouncilRound.id == RoundStage.round_id)
        .where(is_public, *_is_told()),
        "ballots": _ballots(campaign, n),
        "conflicts": tasks.join(ConflictStatement, ConflictStatement.task_id == CouncilTask.id).where(is_public),
    }


def _is_public(campaign: Campaign) -> sa.ColumnElement[bool]:
    return sa.and_(CouncilRound.campaign_id == campaign.id, CouncilRound.state != RoundState.PLANNED)


def _is_told() -> tuple[sa.ColumnElement[bool], ...]:
    """Match the newest results of closed stages."""
    newest = sa.select(sa.func.max(StageResult.id)).group_by(StageResult.stage_id)
    return RoundStage.state.in_({StageState.CLOSED, StageState.DECIDED}), StageResult.id.in_(newest)


def _ballots(campaign: Campaign, *what: Any) -> sa.Select[Any]:
    return (
        sa.select(*what)
        .select_from(MotionBallot)
        .join(Motion, Motion.id == MotionBallot.motion_id)
        .join(AgendaItem, AgendaItem.id == Motion.item_id)
        .join(CouncilMeeting, CouncilMeeting.id == AgendaItem.meeting_id)
        .join(CouncilRound, CouncilRound.id == CouncilMeeting.round_id)
        .where(_is_public(campaign), Motion.state == MotionState.CLOSED)
    )

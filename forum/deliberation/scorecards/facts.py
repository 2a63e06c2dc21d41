"""Facts about scorecards for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.deliberation.rounds.models import CouncilRound
from forum.deliberation.scorecards.models import Criterion, CriterionScore, Scorecard, StageResult, TaskResult
from forum.system.audit.facts import fact_kind

CRITERIA = fact_kind(
    "council_criterion",
    _l("평가 기준과 가중치"),
    sa.select(CouncilRound.id).where(sa.exists().where(Criterion.round_id == CouncilRound.id)),
    [
        sa.select(
            Criterion.round_id,
            Criterion.position,
            Criterion.name,
            Criterion.question,
            Criterion.weight,
            Criterion.beside,
        )
    ],
)
"""By round."""

CARDS = fact_kind(
    "scorecard",
    _l("평가표의 점수"),
    sa.select(
        Scorecard.id,
        Scorecard.stage_id,
        Scorecard.task_id,
        Scorecard.seat_id,
        Scorecard.team_member_id,
        Scorecard.taken_out_at,
    ),
    [sa.select(CriterionScore.scorecard_id, CriterionScore.criterion_id, CriterionScore.value)],
)

RESULTS = fact_kind(
    "council_stage_result",
    _l("단계의 점수를 센 것"),
    sa.select(
        StageResult.id,
        StageResult.stage_id,
        StageResult.number,
        StageResult.n_cards,
        StageResult.n_taken_out,
        StageResult.parameters,
    ),
    [
        sa.select(
            TaskResult.result_id,
            TaskResult.task_id,
            TaskResult.rank,
            TaskResult.n,
            TaskResult.mean,
            TaskResult.median,
            TaskResult.spread,
            TaskResult.rank_low,
            TaskResult.rank_high,
            TaskResult.distribution,
        )
    ],
)

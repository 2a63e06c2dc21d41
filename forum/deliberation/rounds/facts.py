"""Facts about rounds for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    StageDecision,
    TaskIdea,
)
from forum.system.audit.facts import fact_kind

ROUNDS = fact_kind(
    "council_round",
    _l("대표과제 선정과 그 단계"),
    sa.select(
        CouncilRound.id,
        CouncilRound.term_id,
        CouncilRound.campaign_id,
        CouncilRound.number,
        CouncilRound.title,
        CouncilRound.n_chosen,
        CouncilRound.seed,
        CouncilRound.state,
        CouncilRound.civil_chair_id,
        CouncilRound.civil_signed_at,
        CouncilRound.government_chair_id,
        CouncilRound.government_signed_at,
        CouncilRound.finished_at,
        CouncilRound.revision,
    ),
    [
        sa.select(
            RoundStage.round_id,
            RoundStage.kind,
            RoundStage.starts_on,
            RoundStage.ends_on,
            RoundStage.n_on,
            RoundStage.state,
            RoundStage.opened_at,
            RoundStage.closed_at,
            RoundStage.decided_at,
        ),
        sa.select(
            StageDecision.round_id,
            StageDecision.stage_id,
            StageDecision.task_id,
            StageDecision.goes_on,
            StageDecision.rank,
            StageDecision.reason,
        ),
    ],
)
"""With its stages and what they decided."""

TASKS = fact_kind(
    "council_task",
    _l("과제와 그 제안"),
    sa.select(
        CouncilTask.id,
        CouncilTask.round_id,
        CouncilTask.number,
        CouncilTask.title,
        CouncilTask.summary,
        CouncilTask.source,
        CouncilTask.theme_id,
        CouncilTask.minutes_id,
        CouncilTask.proposer_seat_id,
        CouncilTask.lead_idea_id,
        CouncilTask.has_words,
        CouncilTask.subcommittee_id,
        CouncilTask.state,
        CouncilTask.out_stage_id,
        CouncilTask.merged_into_id,
        CouncilTask.reason,
        CouncilTask.revision,
    ),
    [sa.select(TaskIdea.task_id, TaskIdea.idea_id)],
)

CONFLICTS = fact_kind(
    "conflict_statement",
    _l("이해관계 신고"),
    sa.select(
        ConflictStatement.id,
        ConflictStatement.task_id,
        ConflictStatement.seat_id,
        ConflictStatement.team_member_id,
        ConflictStatement.text,
        ConflictStatement.is_late,
        ConflictStatement.declared_at,
    ),
)

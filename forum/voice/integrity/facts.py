"""Facts about exclusions and judged findings for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.system.audit.facts import fact_kind
from forum.voice.integrity.models import ExclusionCase, FindingState, VoteFinding
from forum.voice.votes.models import VoteExclusion

EXCLUSIONS = fact_kind(
    "vote_exclusion",
    _l("집계에서 뺀 투표와 그 까닭"),
    sa.select(
        ExclusionCase.exclusion_id,
        VoteExclusion.campaign_id,
        VoteExclusion.participant_id,
        VoteExclusion.began_at,
        VoteExclusion.lifted_at,
        ExclusionCase.finding_id,
        ExclusionCase.reason,
        ExclusionCase.words,
        ExclusionCase.decided_at,
        ExclusionCase.decided_by_id,
        ExclusionCase.objection_decision,
        ExclusionCase.objection_answer,
        ExclusionCase.objection_decided_at,
        ExclusionCase.objection_decided_by_id,
        ExclusionCase.lifted_by_id,
    ).join(VoteExclusion, VoteExclusion.id == ExclusionCase.exclusion_id),
)
"""Without the objection itself: it is the person's, and its text goes when they leave."""

FINDINGS = fact_kind(
    "vote_finding",
    _l("운영진이 판단한 살펴볼 투표"),
    sa.select(
        VoteFinding.id,
        VoteFinding.campaign_id,
        VoteFinding.kind,
        VoteFinding.key,
        VoteFinding.measured,
        VoteFinding.state,
        VoteFinding.decided_at,
        VoteFinding.decided_by_id,
        VoteFinding.words,
    ).where(VoteFinding.state != FindingState.OPEN),
)
"""Without its people: they are forgotten after a while."""

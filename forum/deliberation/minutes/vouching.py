"""Facts about decided minutes for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.deliberation.minutes.models import PUBLISHED_STATES, GatheringMinutes
from forum.system.audit.facts import fact_kind

MINUTES = fact_kind(
    "gathering_minutes",
    _l("공개된 회의록"),
    sa.select(
        GatheringMinutes.id,
        GatheringMinutes.gathering_id,
        GatheringMinutes.state,
        GatheringMinutes.facts,
        GatheringMinutes.round,
        GatheringMinutes.asked_at,
        GatheringMinutes.closes_at,
        GatheringMinutes.decided_at,
    ).where(GatheringMinutes.state.in_(PUBLISHED_STATES)),
)
"""Without the words: they are replaced when their author leaves."""

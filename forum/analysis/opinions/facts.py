"""Facts about snapshots for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.analysis.opinions.models import OpinionGroup, OpinionSnapshot, SnapshotState
from forum.core.i18n import _l
from forum.system.audit.facts import fact_kind

SNAPSHOTS = fact_kind(
    "opinion_snapshot",
    _l("끝난 공감대 회차와 의견 갈래"),
    sa.select(
        OpinionSnapshot.id,
        OpinionSnapshot.campaign_id,
        OpinionSnapshot.number,
        OpinionSnapshot.votes_cut_at,
        OpinionSnapshot.n_people,
        OpinionSnapshot.n_entering,
        OpinionSnapshot.n_ideas,
        OpinionSnapshot.n_votes,
        OpinionSnapshot.parameters,
        OpinionSnapshot.finished_at,
    ).where(OpinionSnapshot.state == SnapshotState.FINISHED),
    [sa.select(OpinionGroup.snapshot_id, OpinionGroup.number, OpinionGroup.size, OpinionGroup.apart)],
)
"""Without the ideas' scores: too many to hash in the transaction that publishes."""

CURRENT_SNAPSHOTS = fact_kind(
    "current_snapshot",
    _l("포럼마다 공개된 공감대 회차"),
    sa.select(OpinionSnapshot.campaign_id, OpinionSnapshot.id).where(OpinionSnapshot.is_current),
)
"""By campaign."""

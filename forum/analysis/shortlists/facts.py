"""Facts about shortlists and slates for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.analysis.shortlists.models import Shortlist, ShortlistIdea, Slate
from forum.core.i18n import _l
from forum.system.audit.facts import fact_kind

SHORTLISTS = fact_kind(
    "shortlist",
    _l("후보 투표와 그 제안"),
    sa.select(
        Shortlist.id,
        Shortlist.campaign_id,
        Shortlist.number,
        Shortlist.size,
        Shortlist.seed,
        Shortlist.state,
        Shortlist.revision,
        Shortlist.opened_at,
        Shortlist.opened_by_id,
        Shortlist.closed_at,
    ),
    [
        sa.select(
            ShortlistIdea.shortlist_id,
            ShortlistIdea.idea_id,
            ShortlistIdea.position,
            ShortlistIdea.added_at,
        )
    ],
)

SLATES = fact_kind(
    "slate",
    _l("고른 대표안과 검산표"),
    sa.select(
        Slate.shortlist_id,
        Slate.made_at,
        Slate.n_people,
        Slate.seen_all_share,
        Slate.standing,
        Slate.holds_share,
        Slate.worst_by_approvals,
        Slate.proof,
    ),
)
"""By shortlist."""

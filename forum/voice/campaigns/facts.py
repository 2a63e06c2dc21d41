"""Facts about campaigns for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.system.audit.facts import fact_kind
from forum.voice.campaigns.models import Campaign, Phase

CAMPAIGNS = fact_kind(
    "campaign",
    _l("포럼과 단계의 날짜"),
    sa.select(Campaign.id, Campaign.slug, Campaign.title, Campaign.summary, Campaign.kind),
    [sa.select(Phase.campaign_id, Phase.kind, Phase.opens_at, Phase.closes_at)],
)

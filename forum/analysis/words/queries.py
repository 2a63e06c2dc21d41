from __future__ import annotations

from forum.analysis.words.models import CampaignWords
from forum.core.extensions import db


def campaign_words(campaign_id: int) -> CampaignWords | None:
    """Return a campaign's own words; None while it has none."""
    return db.session.get(CampaignWords, campaign_id)

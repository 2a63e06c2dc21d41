from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.core.extensions import db
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.everyday.models import EverydayDetails
from forum.voice.ideas.models import Idea


def details_of(idea: Idea) -> EverydayDetails | None:
    """Return kind and place of an idea of an everyday campaign; no query for others."""
    return db.session.get(EverydayDetails, idea.id) if idea.campaign.kind is CampaignKind.EVERYDAY else None


def details_in(campaign: Campaign, idea_ids: Sequence[int]) -> dict[int, EverydayDetails]:
    """Return kind and place of these ideas of one campaign, by idea id: one query, none in other campaigns."""
    if campaign.kind is not CampaignKind.EVERYDAY or not idea_ids:
        return {}
    query = sa.select(EverydayDetails).where(EverydayDetails.idea_id.in_(idea_ids))
    return {details.idea_id: details for details in db.session.scalars(query)}

"""The figure that counts as it was up to a minute ago (`forum.web.recent`): at 100,000 ideas it takes a second."""

from __future__ import annotations

from collections.abc import Sequence

from forum.publication.outcomes.queries import kept_as_rated, outcome_shares
from forum.publication.outcomes.shares import KeptAsRated, OutcomeShares
from forum.publication.outcomes.words import outcome_sentence
from forum.voice.campaigns.models import Campaign
from forum.web.recent import recently


def recent_shares(campaign_ids: Sequence[int]) -> dict[int, OutcomeShares]:
    """Return the figures of each campaign. Two statements, or none within a minute."""
    return recently(lambda: outcome_shares(campaign_ids), outcome_shares, *campaign_ids)


def recent_ratings(campaign_ids: Sequence[int]) -> dict[int, KeptAsRated]:
    """Return what people say of the kept ones. Three statements at most, or none within a minute."""
    return recently(lambda: kept_as_rated(campaign_ids), kept_as_rated, *campaign_ids)


def outcome_said(campaign: Campaign) -> str:
    """Return the figure of a campaign in one sentence."""
    return outcome_sentence(recent_shares([campaign.id])[campaign.id])

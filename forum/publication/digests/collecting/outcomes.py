"""What became of a campaign's arguments, for its digest."""

from __future__ import annotations

from forum.publication.digests.content import Outcomes
from forum.publication.outcomes.queries import kept_as_rated, outcome_shares
from forum.voice.campaigns.models import Campaign


def outcomes_of(campaign: Campaign, n_answered: int) -> Outcomes | None:
    """Return how many arguments became commitments; None before the first answer. Five statements at most."""
    if not n_answered:
        return None
    return Outcomes(outcome_shares([campaign.id])[campaign.id], kept_as_rated([campaign.id])[campaign.id])

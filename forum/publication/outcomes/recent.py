"""The figure that counts as it was up to a minute ago, in each process; counted each time where caching is off.

At 100,000 ideas it takes part of a second, and a minute changes no picture (`figures.recent` does the same).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import current_app

from forum.publication.outcomes.queries import kept_as_rated, outcome_shares
from forum.publication.outcomes.shares import KeptAsRated, OutcomeShares
from forum.publication.outcomes.words import outcome_sentence
from forum.voice.campaigns.models import Campaign

KEPT_SECONDS = 60
MAX_KEPT = 300
Found = TypeVar("Found")


def recent_shares(campaign_ids: Sequence[int]) -> dict[int, OutcomeShares]:
    """Return the figures of each campaign. Two statements, or none within a minute."""
    return _kept(outcome_shares, campaign_ids)


def recent_ratings(campaign_ids: Sequence[int]) -> dict[int, KeptAsRated]:
    """Return what people say of the kept ones. Three statements at most, or none within a minute."""
    return _kept(kept_as_rated, campaign_ids)


def outcome_said(campaign: Campaign) -> str:
    """Return the figure of a campaign in one sentence."""
    return outcome_sentence(recent_shares([campaign.id])[campaign.id])


def _kept(count: Callable[[Sequence[int]], dict[int, Found]], campaign_ids: Sequence[int]) -> dict[int, Found]:
    if not current_app.config["VISITOR_CACHE_SECONDS"]:
        return count(campaign_ids)
    kept: dict[object, tuple[float, dict[int, Found]]] = current_app.extensions.setdefault("forum_outcomes", {})
    key = (count, *campaign_ids)
    made_at, found = kept.get(key, (0.0, None))
    if found is None or time.monotonic() - made_at > KEPT_SECONDS:
        found = count(campaign_ids)
        if len(kept) >= MAX_KEPT:
            kept.clear()
        kept[key] = time.monotonic(), found
    return found

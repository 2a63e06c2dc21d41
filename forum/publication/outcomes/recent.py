"""The figure that counts as it was up to a minute ago, in each process; counted each time where caching is off.

At 100,000 ideas it takes part of a second, and a minute changes no picture (`figures.recent` does the same).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from flask import current_app

from forum.publication.outcomes.queries import kept_as_rated, outcome_shares
from forum.publication.outcomes.shares import KeptAsRated, OutcomeShares

KEPT_SECONDS = 60
MAX_KEPT = 300
_Found = tuple[dict[int, OutcomeShares], dict[int, KeptAsRated]]


def recent_shares(campaign_ids: Sequence[int]) -> dict[int, OutcomeShares]:
    """Return the figures of each campaign. Five statements at most, none within a minute."""
    return _recent(campaign_ids)[0]


def recent_ratings(campaign_ids: Sequence[int]) -> dict[int, KeptAsRated]:
    """Return what people say of the kept ones; from the same moment as `recent_shares`."""
    return _recent(campaign_ids)[1]


def _recent(campaign_ids: Sequence[int]) -> _Found:
    if not current_app.config["VISITOR_CACHE_SECONDS"]:
        return outcome_shares(campaign_ids), kept_as_rated(campaign_ids)
    kept: dict[tuple[int, ...], tuple[float, _Found]] = current_app.extensions.setdefault("forum_outcomes", {})
    key = tuple(campaign_ids)
    made_at, found = kept.get(key, (0.0, None))
    if found is None or time.monotonic() - made_at > KEPT_SECONDS:
        found = outcome_shares(campaign_ids), kept_as_rated(campaign_ids)
        if len(kept) >= MAX_KEPT:
            kept.clear()
        kept[key] = time.monotonic(), found
    return found

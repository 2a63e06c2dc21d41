"""A campaign's figures as they were up to a minute ago.

At 100,000 ideas they take half a second, more than the rest of the page, and a minute changes no picture. Each process
keeps its own, unless caching is off.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app

from forum.publication.figures.queries import (
    OverTime,
    SectorCount,
    ThemeSize,
    ideas_by_sector,
    ideas_over_time,
    themes_by_size,
)
from forum.voice.campaigns.models import Campaign

KEPT_SECONDS = 60
MAX_CAMPAIGNS = 100


@dataclass(frozen=True)
class Figures:
    over_time: OverTime | None
    sectors: Sequence[SectorCount]
    themes: Sequence[ThemeSize]


def recent_figures(campaign: Campaign) -> Figures:
    """Return what the pictures of a campaign show. Five statements, or none within a minute."""
    if not current_app.config["VISITOR_CACHE_SECONDS"]:
        return _figures_of(campaign)
    kept: dict[int, tuple[float, Figures]] = current_app.extensions.setdefault("forum_figures", {})
    made_at, figures = kept.get(campaign.id, (None, None))
    if figures is None or made_at is None or time.monotonic() - made_at > KEPT_SECONDS:
        figures = _figures_of(campaign)
        if len(kept) >= MAX_CAMPAIGNS:
            kept.clear()
        kept[campaign.id] = time.monotonic(), figures
    return figures


def _figures_of(campaign: Campaign) -> Figures:
    return Figures(ideas_over_time(campaign), ideas_by_sector(campaign), themes_by_size(campaign))

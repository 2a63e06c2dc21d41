"""A campaign's figures as they were up to a minute ago.

At 100,000 ideas they take half a second, more than the rest of the page, and a minute changes no picture. Each process
keeps its own, unless caching is off.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

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
MAX_KEPT = 300
Found = TypeVar("Found")


@dataclass(frozen=True)
class Figures:
    over_time: OverTime | None
    sectors: Sequence[SectorCount]
    themes: Sequence[ThemeSize]


def recent_figures(campaign: Campaign) -> Figures:
    """Return what the pictures of a campaign show. Five statements, or none within a minute."""
    over_time = _kept(ideas_over_time, campaign)
    return Figures(over_time, _kept(ideas_by_sector, campaign), _kept(themes_by_size, campaign))


def recent_themes(campaign: Campaign) -> Sequence[ThemeSize]:
    """Return the campaign's approved themes, the largest first. Two statements, or none within a minute."""
    return _kept(themes_by_size, campaign)


def _kept(count: Callable[[Campaign], Found], campaign: Campaign) -> Found:
    """Return what `count` finds for a campaign, or what it found within the last minute."""
    if not current_app.config["VISITOR_CACHE_SECONDS"]:
        return count(campaign)
    kept: dict[object, tuple[float, Found]] = current_app.extensions.setdefault("forum_figures", {})
    key = (count, campaign.id)
    made_at, found = kept.get(key, (0.0, None))
    if found is None or time.monotonic() - made_at > KEPT_SECONDS:
        found = count(campaign)
        if len(kept) >= MAX_KEPT:
            kept.clear()
        kept[key] = time.monotonic(), found
    return found

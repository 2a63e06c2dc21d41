"""A campaign's figures as they were up to a minute ago (`forum.web.recent`).

At 100,000 ideas they take half a second, more than the rest of the page, and a minute changes no picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from forum.publication.figures.queries import (
    OverTime,
    SectorCount,
    ThemeSize,
    ideas_by_sector,
    ideas_over_time,
    themes_by_size,
)
from forum.voice.campaigns.models import Campaign
from forum.web.recent import recently

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
    return recently(lambda: count(campaign), count, campaign.id)

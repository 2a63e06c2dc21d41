"""What came of earlier campaigns, as it was up to a minute ago: the page for writing is opened far more often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.core.links import path_for
from forum.response.evidence.queries import earlier_results
from forum.voice.campaigns.models import Campaign
from forum.web.recent import recently


@dataclass(frozen=True)
class EarlierLine:
    """One theme of an earlier campaign, and what came of it."""

    title: str
    path: str
    words: str
    campaign: str


def recent_results(campaign: Campaign) -> Sequence[EarlierLine]:
    """Return up to three lines about earlier campaigns. Eight statements at most, or none within a minute."""
    return recently(lambda: _lines(campaign), recent_results, campaign.id)


def _lines(campaign: Campaign) -> Sequence[EarlierLine]:
    return [
        EarlierLine(
            one.theme.title,
            path_for("themes.show", theme_id=one.theme.id),
            one.lines[0].words,
            one.theme.campaign.title,
        )
        for one in earlier_results(campaign)
    ]

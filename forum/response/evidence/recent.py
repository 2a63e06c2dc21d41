"""What came of earlier campaigns, as it was up to a minute ago: the page for writing is opened far more often."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app

from forum.core.links import path_for
from forum.response.evidence.queries import earlier_results
from forum.voice.campaigns.models import Campaign

KEPT_SECONDS = 60
MAX_KEPT = 300


@dataclass(frozen=True)
class EarlierLine:
    """One theme of an earlier campaign, and what came of it."""

    title: str
    path: str
    words: str
    campaign: str


def recent_results(campaign: Campaign) -> Sequence[EarlierLine]:
    """Return up to three lines about earlier campaigns. Eight statements at most, or none within a minute."""
    if not current_app.config["VISITOR_CACHE_SECONDS"]:
        return _lines(campaign)
    kept: dict[int, tuple[float, Sequence[EarlierLine]]] = current_app.extensions.setdefault("forum_evidence", {})
    made_at, found = kept.get(campaign.id, (0.0, None))
    if found is None or time.monotonic() - made_at > KEPT_SECONDS:
        found = _lines(campaign)
        if len(kept) >= MAX_KEPT:
            kept.clear()
        kept[campaign.id] = time.monotonic(), found
    return found


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

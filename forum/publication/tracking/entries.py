from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

MAX_REASON_CHARS_SHOWN = 160


@dataclass(frozen=True)
class TimelineEntry:
    """One entry of the timeline. `at` is only a day where the hour must stay private; `url` is a path on this site."""

    title: str
    detail: str = ""
    at: datetime | date | None = None
    url: str = ""
    done: bool = True


def shortened(text: str) -> str:
    """Return a text in one line, cut where it is long."""
    flat = " ".join(text.split())
    if len(flat) <= MAX_REASON_CHARS_SHOWN:
        return flat
    cut = re.sub(r"\[#?[0-9]*$", "", flat[: MAX_REASON_CHARS_SHOWN - 1])  # no half of a mark such as [#12]
    return cut.rstrip() + "…"

"""Reports of other slices, which are no digests, in the list and the feed of reports. Registered in `setup.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from forum.voice.campaigns.models import Campaign


@dataclass(frozen=True)
class ListedFile:
    """:param format: a key of `FORMATS`; :param path: where it is downloaded"""

    format: str
    size_bytes: int
    path: str


@dataclass(frozen=True)
class ListedReport:
    """A report as list and feed show it. `path` is its page, `about` says in a line what it holds."""

    title: str
    path: str
    about: str
    published_at: datetime
    files: Sequence[ListedFile]


@dataclass(frozen=True)
class KindBeside:
    """A kind of reports: its template gets them as `reports`, the newest first.

    source : gives the reports that everybody may read now, at most so many; None for all
    """

    template: str
    source: Callable[[Campaign, int | None], Sequence[ListedReport]]


_kinds: dict[str, KindBeside] = {}


def register_reports(kind: KindBeside) -> None:
    """Register a kind of reports. Registering its template again replaces it."""
    _kinds[kind.template] = kind


def reports_beside(campaign: Campaign) -> list[tuple[str, Sequence[ListedReport]]]:
    """Return template and reports of each kind that has any."""
    found = [(kind.template, kind.source(campaign, None)) for _name, kind in sorted(_kinds.items())]
    return [(template, reports) for template, reports in found if reports]


def newest_beside(campaign: Campaign, limit: int) -> list[ListedReport]:
    """Return the newest reports of each kind."""
    return [report for _name, kind in sorted(_kinds.items()) for report in kind.source(campaign, limit)]

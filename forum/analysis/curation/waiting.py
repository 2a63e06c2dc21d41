"""What waits for analysts, for the top of their desk and the menu."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for

from forum.analysis.curation.queries import DeskCounts, desk_counts
from forum.core.access import Actor
from forum.core.i18n import _
from forum.voice.moderation.queries import n_waiting
from forum.web.waiting import Waiting


def waiting_in(counts: DeskCounts) -> list[Waiting]:
    """Return what waits in one campaign, each with the address of its list."""

    def at(**args: Any) -> str:
        return url_for("desk.workbench", slug=counts.slug, **args)

    return [
        Waiting(_("읽어 볼 묶음"), counts.unread_clusters, at(tab="clusters", show="unread")),
        Waiting(_("승인할 주제"), counts.drafts, at(tab="themes", state="draft")),
        Waiting(_("보낼 주제"), counts.unsent, at(tab="themes", state="unsent")),
        Waiting(_("정할 달라진 점"), counts.changes, at(tab="changes")),
    ]


def analyst_waiting(_analyst: Actor) -> list[Waiting]:
    """Return what waits in all campaigns together; each leads to the first campaign where some does."""
    return [_together(each) for each in zip(*map(waiting_in, desk_counts()), strict=True)]


def reports_waiting(_analyst: Actor) -> list[Waiting]:
    """Return how many texts wait for a moderator."""
    return [Waiting(_("읽어 볼 신고·이의"), n_waiting(), url_for("moderation.listing"))]


def _together(each: Sequence[Waiting]) -> Waiting:
    first = next((one for one in each if one.count), each[0])
    return Waiting(first.label, sum(one.count for one in each), first.url)

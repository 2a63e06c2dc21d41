from __future__ import annotations

from flask import Flask

from forum.analysis.curation.last_run import edits_of_last_run
from forum.analysis.curation.pairs import pairs_of
from forum.analysis.curation.queries import continued_themes
from forum.analysis.curation.waiting import analyst_waiting, reports_waiting
from forum.analysis.themes.models import Theme, ThemeRun
from forum.core.access import Role
from forum.core.i18n import _l
from forum.web.navigation import MenuEntry, Place, register_menu_entry
from forum.web.page_data import provide_page_data
from forum.web.waiting import register_waiting


def register(_app: Flask) -> None:
    register_waiting("desk.home", 10, frozenset({Role.ANALYST}), analyst_waiting)
    register_waiting("moderation.listing", 10, frozenset({Role.ADMIN, Role.ANALYST}), reports_waiting)
    provide_page_data("themes/run.html", "continued", _continued)
    provide_page_data("themes/run.html", "pairs", pairs_of)
    provide_page_data("themes/run.html", "last_run", edits_of_last_run)
    register_menu_entry(
        MenuEntry(
            Place.DESK, 10, _l("분석가 책상"), "desk.home", frozenset({"desk.*"}), roles=frozenset({Role.ANALYST})
        )
    )


def _continued(run: ThemeRun) -> dict[int, Theme]:
    """Return the themes of earlier runs that this run's clusters continue, by cluster."""
    return continued_themes(run.id, [cluster.id for cluster in run.clusters])

from __future__ import annotations

from flask import Flask

from forum.core.access import Role
from forum.core.i18n import _l
from forum.response.datasets.pages import proposals_waiting, quality_panel
from forum.response.datasets.panels import DatasetPlace
from forum.response.datasets.search_kind import DatasetSearch
from forum.system.finding.registry import register_search_kind
from forum.web.navigation import MenuEntry, Place, register_menu_entry
from forum.web.panels import Panel, register_panel
from forum.web.waiting import register_waiting

KEEPERS = frozenset({Role.ANALYST, Role.ADMIN})
PUBLIC_PAGES = frozenset(
    {"datasets.show", "datasets.version", "datasets.holder", "dataneeds.*", "datarequests.*", "datauses.*"}
)


def register(_app: Flask) -> None:
    """Add the registry to the menu, and what waits in it to the analysts' work."""
    register_menu_entry(MenuEntry(Place.MAIN, 55, _l("공익데이터"), "datasets.listing", PUBLIC_PAGES))
    register_menu_entry(MenuEntry(Place.DESK, 18, _l("공익데이터 관리"), "datasets.desk", roles=KEEPERS))
    register_waiting("datasets.desk", 35, KEEPERS, proposals_waiting)
    register_search_kind(DatasetSearch())
    register_panel(Panel(DatasetPlace.PAGE, 90, "datasets/_quality.html", quality_panel))

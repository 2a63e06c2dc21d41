from __future__ import annotations

from flask import Flask

from forum.core.i18n import _l
from forum.web.navigation import MenuEntry, Place, register_menu_entry

PAGES = frozenset({"council.*", "rounds.*", "scorecards.*", "hearings.*", "meetings.*", "advisory.*"})


def register(_app: Flask) -> None:
    register_menu_entry(MenuEntry(Place.MAIN, 37, _l("협의회"), "council.home", PAGES))

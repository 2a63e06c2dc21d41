from __future__ import annotations

from flask import Flask

from forum.core.i18n import _l
from forum.web.navigation import MenuEntry, Place, register_menu_entry


def register(_app: Flask) -> None:
    register_menu_entry(
        MenuEntry(Place.MAIN, 60, _l("보고서"), "digests.listing", frozenset({"digests.*"}), of_campaign=True)
    )

from __future__ import annotations

from flask import Flask

from forum.core.access import Role
from forum.core.i18n import _l
from forum.web.navigation import MenuEntry, Place, register_menu_entry


def register(_app: Flask) -> None:
    register_menu_entry(
        MenuEntry(
            Place.DESK,
            41,
            _l("살펴볼 투표"),
            "integrity.listing",
            frozenset({"integrity.finding", "integrity.exclusion"}),
            roles=frozenset({Role.ADMIN, Role.ANALYST}),
        )
    )

from __future__ import annotations

from flask import Flask

from forum.core.access import Role
from forum.core.i18n import _l
from forum.system.notices.holding import hold_mailings_while
from forum.system.pauses.queries import holds_today, why_paused
from forum.web.navigation import MenuEntry, Place, register_menu_entry


def register(app: Flask) -> None:
    """Hold mailings while a pause is in force, and let pages say that there is one (`pauses/_banner.html`)."""
    hold_mailings_while(holds_today)
    app.context_processor(lambda: {"why_paused": why_paused})
    register_menu_entry(
        MenuEntry(
            Place.DESK,
            78,
            _l("선거 기간 쉼"),
            "pauses.listing",
            frozenset({"pauses.*"}),
            roles=frozenset({Role.ADMIN}),
        )
    )

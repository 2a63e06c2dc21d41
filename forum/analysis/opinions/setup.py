from __future__ import annotations

from flask import Flask

from forum.analysis.opinions import queue_views
from forum.core.i18n import _l
from forum.web.navigation import MenuEntry, Place, register_menu_entry


def register(app: Flask) -> None:
    app.register_blueprint(queue_views.bp)
    pages = frozenset({"queue.*", "votes.listing"})
    register_menu_entry(MenuEntry(Place.TABS, 30, _l("투표"), "queue.ask", pages, of_campaign=True, icon="vote"))

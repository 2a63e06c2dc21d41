"""huey bound to the application: the queue that wakes workers, and the worker's own consumer."""

from __future__ import annotations

from flask import Flask

from forum.core.access import Role
from forum.core.i18n import _l
from forum.system.jobs.consumer import serve_with_own_consumer
from forum.system.jobs.queue import Queue, make_huey
from forum.web.navigation import MenuEntry, Place, register_menu_entry


def register(app: Flask) -> None:
    huey = make_huey(app.config)
    queue = app.extensions["forum_queue"] = Queue(app, huey)
    serve_with_own_consumer(huey, queue)
    register_menu_entry(
        MenuEntry(
            Place.DESK,
            50,
            _l("작업"),
            "jobs.listing",
            frozenset({"jobs.*"}),
            roles=frozenset({Role.ADMIN, Role.ANALYST}),
        )
    )

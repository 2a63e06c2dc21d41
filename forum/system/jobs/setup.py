"""huey bound to the application: the queue that wakes workers, and the worker's own consumer."""

from __future__ import annotations

from flask import Flask

from forum.system.jobs.consumer import serve_with_own_consumer
from forum.system.jobs.queue import Queue, make_huey


def register(app: Flask) -> None:
    huey = make_huey(app.config)
    queue = app.extensions["forum_queue"] = Queue(app, huey)
    serve_with_own_consumer(huey, queue)

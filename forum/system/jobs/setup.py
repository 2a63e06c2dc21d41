"""huey bound to the application: the queue that wakes workers, and the worker's minutely run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey, crontab

from forum.system.jobs.runner import run_every_minute, run_job, run_periodic_task


class Queue:
    """huey with two kinds of message: run this job, run this periodic task."""

    def __init__(self, app: Flask, huey: Huey) -> None:
        self.huey = huey
        self._put = {
            "job": huey.task(name="forum_job")(_in_app_context(app, run_job)),
            "task": huey.task(name="forum_errand")(_in_app_context(app, run_periodic_task)),
        }
        huey.periodic_task(crontab(), name="forum_minute")(_in_app_context(app, run_every_minute))
        huey.on_startup(name="forum_start")(_in_app_context(app, run_every_minute))

    def put(self, kind: str, what: int | str) -> None:
        self._put[kind](what)


def register(app: Flask) -> None:
    app.extensions["forum_queue"] = Queue(app, _huey(app.config))


def _huey(settings: dict[str, Any]) -> Huey:
    if settings["TESTING"]:
        return MemoryHuey("forum", results=False)
    if settings["QUEUE"] == "redis":
        return RedisHuey("forum", url=settings["REDIS_URL"], results=False)
    if settings["QUEUE"] == "postgres":
        dsn = str(settings["DATABASE_URL"]).replace("postgresql+psycopg://", "postgresql://")
        return PostgresHuey("forum", dsn=dsn, results=False)
    filename = Path(settings["INSTANCE_DIR"]) / "queue.sqlite"  # its own file: no waiting for the forum's writes
    return SqliteHuey("forum", filename=os.fspath(filename), results=False)


def _in_app_context(app: Flask, function: Callable[..., object]) -> Callable[..., None]:
    """Wrap `function` in an application context of its own, so that its session ends with it."""

    def run(*args: Any) -> None:
        with app.app_context():
            function(*args)

    run.__name__ = function.__name__
    return run

"""The queue that wakes workers: huey over SQLite, PostgreSQL or Redis, with a name that no other forum has.

Only wake-ups are in it. While it is gone requests go on, and workers find the jobs in their table.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
import structlog
from flask import Flask
from huey import Huey, MemoryHuey
from huey.storage import PostgresStorage, RedisStorage, SqliteStorage

from forum.core.outages import Outage
from forum.core.rate_limits import TIMEOUT_SECONDS, redis_options
from forum.system.jobs.runner import (
    DATABASE_GONE,
    keep_jobs_going,
    run_job,
    run_minute_tasks,
    run_next_job,
    run_periodic_task,
)

log = structlog.get_logger()
READ_SECONDS = 1  # a worker waits so long for a message, then asks again


class Queue:
    """huey with two kinds of message: run this job, run this periodic task."""

    def __init__(self, app: Flask, huey: Huey) -> None:
        self.huey = huey
        self.outage = Outage("queue")
        self._put = {
            "job": huey.task(name="forum_job")(_in_app_context(app, run_job)),
            "task": huey.task(name="forum_errand")(_in_app_context(app, run_periodic_task)),
        }
        self.minute_parts = tuple(_in_app_context(app, part) for part in (keep_jobs_going, run_minute_tasks))
        self._run_next_job = _in_app_context(app, run_next_job)

    def put(self, kind: str, what: int | str) -> None:
        """Wake a worker. Where the queue is gone nobody is woken, and a worker finds the job within a minute."""
        if not self.outage.may_try():
            return
        try:
            self._put[kind](what)
            self.outage.worked()
        except Exception as error:  # each storage has errors of its own
            self._lost(error)

    def take(self) -> Any:
        """Return the next message, or None if there is none.

        :raise Exception: the queue is gone; it is noted
        """
        try:
            message = self.huey.storage.dequeue()
        except Exception as error:
            self._lost(error)
            raise
        self.outage.worked()
        return None if message is None else self.huey.deserialize_task(message)

    def run_next_job(self) -> bool:
        """Run the oldest job that waits in the table. Return whether there was one."""
        return bool(self._run_next_job())

    def answers(self) -> bool:
        """Return whether the queue can be reached; during an outage it is asked once in each pause."""
        if self.outage.may_try():
            try:
                self.huey.storage.queue_size()
                self.outage.worked()
            except Exception as error:
                self._lost(error)
        return not self.outage.is_on

    def _lost(self, error: Exception) -> None:
        self.outage.failed(error)
        try:
            self.huey.storage.close()  # so that the next try opens a new connection
        except Exception:
            log.info("queue_close_failed")


def make_huey(settings: Mapping[str, Any]) -> Huey:
    """Return huey over the storage that QUEUE names, without connecting to it."""
    name = str(settings["NAMESPACE"])
    if settings["TESTING"]:
        return MemoryHuey(name, results=False)
    if settings["QUEUE"] == "redis":
        return Huey(name, storage_class=RedisQueue, results=False, url=str(settings["REDIS_URL"]))
    if settings["QUEUE"] == "postgres":
        return Huey(name, storage_class=PostgresQueue, results=False, dsn=str(settings["DATABASE_URL"]))
    filename = Path(settings["INSTANCE_DIR"]) / "queue.sqlite"  # its own file: no waiting for the forum's writes
    return Huey(name, storage_class=SqliteQueue, results=False, filename=os.fspath(filename))


class RedisQueue(RedisStorage):
    """huey's storage with time-outs: a Redis that hangs is a Redis that is gone."""

    def __init__(self, name: str, url: str) -> None:
        super().__init__(name, read_timeout=READ_SECONDS, url=url)
        self.pool.connection_kwargs.update(redis_options() | {"socket_timeout": READ_SECONDS + TIMEOUT_SECONDS})

    def dequeue(self) -> bytes | None:
        """Return the next message. huey's own takes a time-out of the connection for an empty queue."""
        popped = self.conn.brpop(self.queue_key, timeout=self.read_timeout)
        return popped[1] if popped else None

    def close(self) -> None:
        self.pool.disconnect(inuse_connections=False)


class SqliteQueue(SqliteStorage):
    """huey's storage that makes its tables when it connects, not at the start: then the file may be locked."""

    def __init__(self, name: str, filename: str) -> None:
        super().__init__(name, filename=filename, create_tables=False)

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        _make_tables(connection, self.ddl)
        return connection


class PostgresQueue(PostgresStorage):
    """huey's storage with time-outs, that makes its tables when it connects: at the start the database may be gone."""

    def __init__(self, name: str, dsn: str) -> None:
        self._address = dsn.replace("postgresql+psycopg://", "postgresql://", 1)
        super().__init__(name, connection=self._open, read_timeout=READ_SECONDS, create_tables=False)

    def _open(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(
            self._address,
            autocommit=True,
            fallback_application_name="forum queue",
            connect_timeout=5,
            keepalives_idle=30,
            tcp_user_timeout=10_000,
            options="-c statement_timeout=5000 -c lock_timeout=5000 -c client_min_messages=warning",
        )
        _make_tables(connection, self.ddl)
        return connection


def _make_tables(connection: Any, statements: Iterable[str]) -> None:
    """Make huey's tables where they are missing, over a new connection; close it if that fails."""
    try:
        for statement in statements:
            connection.execute(statement)
    except Exception:
        connection.close()
        raise


def _in_app_context(app: Flask, function: Callable[..., object]) -> Callable[..., Any]:
    """Wrap `function` in an application context of its own, so that its session ends with it.

    A database that is gone or locked is one log line: what was asked for is still in the database.
    """

    def run(*args: Any) -> Any:
        with app.app_context():
            try:
                return function(*args)
            except DATABASE_GONE as error:
                log.warning("database_unavailable", work=function.__name__, error=str(error.orig)[:200])
                return None

    run.__name__ = function.__name__
    return run

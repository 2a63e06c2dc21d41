"""Checks of the database before the forum is served; gunicorn.conf.py runs them at the start."""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from flask import Flask
from sqlalchemy.engine import Connection

from forum.administration.operations.queries import is_migrated
from forum.core.database import reading
from forum.core.extensions import db

log = structlog.get_logger()
SQLITE_FULL = 2  # PRAGMA synchronous: 2 FULL, 3 EXTRA
TIMEOUT_OFF = "0"  # how PostgreSQL shows a disabled timeout
DURABILITY_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")
TIMEOUT_SETTINGS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


class UnsafeDatabase(RuntimeError):
    """The database may lose data or block for ever; the message says why and what to do."""


def require_safe_database(app: object) -> None:
    """In production, require durability, timeouts, and the migration of this code.

    An unreachable database passes: it may come back, and requests get 503 until then.

    :param app: what gunicorn serves; anything but a forum passes
    :raise UnsafeDatabase: a setting is unsafe, or the schema is of another version
    """
    if not isinstance(app, Flask) or app.config.get("ENVIRONMENT") != "production":
        return
    with app.app_context():
        try:
            with reading(), db.engine.connect() as connection:
                wrong = _unsafe_settings(connection)
            migrated = is_migrated()
        except sa.exc.OperationalError as error:
            log.warning("database_does_not_answer", reason=str(error.orig))
            return
        finally:
            db.engine.dispose()
    if wrong:
        raise UnsafeDatabase(
            f"the database {', '.join(wrong)}: what people were told is kept could be lost or hang for ever"
        )
    if not migrated:
        raise UnsafeDatabase("the database is not at this code's migration; run `flask forum setup` first")


def _unsafe_settings(connection: Connection) -> list[str]:
    """Return the unsafe settings, e.g. "has fsync=off"."""
    if connection.dialect.name == "sqlite":
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        return [] if level >= SQLITE_FULL else [f"has synchronous={level}"]
    unsafe = dict.fromkeys(DURABILITY_SETTINGS, "off") | dict.fromkeys(TIMEOUT_SETTINGS, TIMEOUT_OFF)
    shown = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in unsafe}
    return [f"has {name}={value}" for name, value in shown.items() if value == unsafe[name]]

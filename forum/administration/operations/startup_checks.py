"""What the database must be like before anybody is served from it; gunicorn.conf.py asks at the start."""

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
TIMEOUT_OFF = "0"  # how PostgreSQL shows a time-out that is off
DURABILITY_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")
TIMEOUT_SETTINGS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


class UnsafeDatabase(RuntimeError):
    """The database is no place to keep what people say; the message says why and what to do."""


def require_safe_database(app: object) -> None:
    """In production: durable, with time-outs, and at the migration this code was written for.

    A database that does not answer is let pass: it may come back, and requests get 503 until then.

    :param app: whatever gunicorn serves; something other than a forum is let pass
    :raise UnsafeDatabase: a setting or the schema is not as it must be
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
    """Settings that are not as they must be, e.g. "has fsync=off"."""
    if connection.dialect.name == "sqlite":
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        return [] if level >= SQLITE_FULL else [f"has synchronous={level}"]
    unsafe = dict.fromkeys(DURABILITY_SETTINGS, "off") | dict.fromkeys(TIMEOUT_SETTINGS, TIMEOUT_OFF)
    shown = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in unsafe}
    return [f"has {name}={value}" for name, value in shown.items() if value == unsafe[name]]

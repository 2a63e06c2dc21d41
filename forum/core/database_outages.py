"""Why the database did not do its work: busy, unreachable, full or read-only; told by the driver's own codes."""

from __future__ import annotations

import enum
import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_PRIMARY_CODE = 0xFF  # SQLite's extended codes keep the primary one in their lowest byte


class DatabaseOutage(enum.Enum):
    """What keeps the database from its work. The same request can succeed later."""

    BUSY = "busy"  # another transaction holds a lock, a statement took too long, or there are too many connections
    UNREACHABLE = "unreachable"
    FULL = "full"
    READ_ONLY = "read-only"
    UNKNOWN = "unknown"


_SQLITE = {
    sqlite3.SQLITE_BUSY: DatabaseOutage.BUSY,
    sqlite3.SQLITE_LOCKED: DatabaseOutage.BUSY,
    sqlite3.SQLITE_PROTOCOL: DatabaseOutage.BUSY,
    sqlite3.SQLITE_FULL: DatabaseOutage.FULL,
    sqlite3.SQLITE_READONLY: DatabaseOutage.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: DatabaseOutage.UNREACHABLE,
}
# SQLSTATE or its class -> outage. https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES = {
    "55P03": DatabaseOutage.BUSY,  # lock_timeout
    "57014": DatabaseOutage.BUSY,  # statement_timeout
    "53300": DatabaseOutage.BUSY,  # too many connections
    "53200": DatabaseOutage.BUSY,  # out of memory
    "25P03": DatabaseOutage.BUSY,  # idle_in_transaction_session_timeout
    "40": DatabaseOutage.BUSY,  # deadlock, serialization failure
    "53100": DatabaseOutage.FULL,
    "25006": DatabaseOutage.READ_ONLY,
    "08": DatabaseOutage.UNREACHABLE,
    "57P": DatabaseOutage.UNREACHABLE,  # the server is shutting down, starting, or has dropped the database
}


def outage_of(error: DBAPIError | PoolTimeout) -> DatabaseOutage:
    """Return what the error says about the database."""
    if isinstance(error, PoolTimeout):
        return DatabaseOutage.BUSY
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        return _SQLITE.get(code & _PRIMARY_CODE, DatabaseOutage.UNKNOWN) if code is not None else DatabaseOutage.UNKNOWN
    if isinstance(cause, psycopg.Error):
        return _postgres_outage(cause)
    return DatabaseOutage.UNREACHABLE if error.connection_invalidated else DatabaseOutage.UNKNOWN


def _postgres_outage(cause: psycopg.Error) -> DatabaseOutage:
    state = cause.sqlstate
    if state is None:  # the server did not answer: no connection, or it broke
        return DatabaseOutage.UNREACHABLE if isinstance(cause, psycopg.OperationalError) else DatabaseOutage.UNKNOWN
    return _POSTGRES.get(state) or _POSTGRES.get(state[:3]) or _POSTGRES.get(state[:2]) or DatabaseOutage.UNKNOWN

"""Why the database did not do its work: busy, unreachable, full or read-only; told by the driver's own codes."""

from __future__ import annotations

import enum
import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_PRIMARY_CODE = 0xFF  # SQLite's extended codes keep the primary one in their lowest byte


class Outage(enum.Enum):
    """What keeps the database from its work. The same request can succeed later."""

    BUSY = "busy"  # another transaction holds a lock, a statement took too long, or there are too many connections
    UNREACHABLE = "unreachable"
    FULL = "full"
    READ_ONLY = "read-only"
    UNKNOWN = "unknown"


_SQLITE = {
    sqlite3.SQLITE_BUSY: Outage.BUSY,
    sqlite3.SQLITE_LOCKED: Outage.BUSY,
    sqlite3.SQLITE_PROTOCOL: Outage.BUSY,
    sqlite3.SQLITE_FULL: Outage.FULL,
    sqlite3.SQLITE_READONLY: Outage.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Outage.UNREACHABLE,
}
# SQLSTATE or its class -> outage. https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES = {
    "55P03": Outage.BUSY,  # lock_timeout
    "57014": Outage.BUSY,  # statement_timeout
    "53300": Outage.BUSY,  # too many connections
    "53200": Outage.BUSY,  # out of memory
    "25P03": Outage.BUSY,  # idle_in_transaction_session_timeout
    "40": Outage.BUSY,  # deadlock, serialization failure
    "53100": Outage.FULL,
    "25006": Outage.READ_ONLY,
    "08": Outage.UNREACHABLE,
    "57P": Outage.UNREACHABLE,  # the server is shutting down, starting, or has dropped the database
}


def outage_of(error: DBAPIError | PoolTimeout) -> Outage:
    """Return what the error says about the database."""
    if isinstance(error, PoolTimeout):
        return Outage.BUSY
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        return _SQLITE.get(code & _PRIMARY_CODE, Outage.UNKNOWN) if code is not None else Outage.UNKNOWN
    if isinstance(cause, psycopg.Error):
        return _postgres_outage(cause)
    return Outage.UNREACHABLE if error.connection_invalidated else Outage.UNKNOWN


def _postgres_outage(cause: psycopg.Error) -> Outage:
    state = cause.sqlstate
    if state is None:  # the server did not answer: no connection, or it broke
        return Outage.UNREACHABLE if isinstance(cause, psycopg.OperationalError) else Outage.UNKNOWN
    return _POSTGRES.get(state) or _POSTGRES.get(state[:3]) or _POSTGRES.get(state[:2]) or Outage.UNKNOWN

"""Declarative base, column types, shared statements and engine configuration.

SQLite runs with WAL, `synchronous=FULL`, foreign keys and a busy timeout of five seconds. Transactions that may write
begin with `BEGIN IMMEDIATE`: a deferred transaction that writes later fails with "database is locked", however long its
timeout is. Code that only reads uses `reading()` and takes no write lock.
"""

from __future__ import annotations

import enum
import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
from flask_babel.speaklater import LazyString
from flask_sqlalchemy.session import Session
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, scoped_session
from sqlalchemy.orm import Session as PlainSession
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from forum.core.files import keep_sqlite_private

SQLITE_BUSY_MILLISECONDS = 5_000
POSTGRES_STATEMENT_MILLISECONDS = 30_000
POSTGRES_LOCK_MILLISECONDS = 5_000
POOL_SIZE = 12  # connections kept open per process; at most ten requests of it use the database at once
PING_AFTER_IDLE_SECONDS = 5
_DEFERRED = "forum_deferred_commit"
T = TypeVar("T")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all models. Every constraint gets a name, so that a migration can refer to it."""

    metadata = sa.MetaData(naming_convention=NAMING)


class LabelledEnum(enum.Enum):
    """An enumeration whose values are the codes that the database keeps, with a label for people.

    The labels are lazy messages in `__labels__`: as values, two members with one label would be one member.
    """

    _value_: str
    __labels__: ClassVar[Mapping[str, LazyString]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """:raise TypeError: a member has no label"""
        super().__init_subclass__(**kwargs)
        missing = {member.value for member in cls} - set(cls.__labels__)
        if missing:
            raise TypeError(f"{cls.__name__} has no label for {', '.join(sorted(missing))}")

    @property
    def label(self) -> str:
        return str(self.__labels__[self.value])


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC time on both engines. SQLite has no time zones and stores it as naive UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time cannot be stored: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_type(kind: type[enum.Enum], name: str) -> sa.Enum:
    """Return a text column type with a named CHECK. No native enum: adding a value stays an ordinary migration."""
    codes = [member.value for member in kind]
    return sa.Enum(
        kind, name=name, native_enum=False, create_constraint=True, length=32, values_callable=lambda _kind: codes
    )


_read_only: ContextVar[bool] = ContextVar("forum_read_only", default=False)
_lock_wait: ContextVar[int | None] = ContextVar("forum_lock_wait", default=None)
_LOCK_WAIT = "forum_lock_wait"  # in a connection's `info`: what it is set to now


@dataclass
class DeferredCommit:
    """Whether the code inside `defer_commits` committed, and whether it rolled back after that."""

    requested: bool = False
    rolled_back: bool = False


class ForumSession(Session):
    """Flask-SQLAlchemy's session with commits that can be deferred (see `defer_commits`)."""

    def commit(self) -> None:
        deferred: DeferredCommit | None = self.info.get(_DEFERRED)
        if deferred is None:
            super().commit()
            return
        self.flush()
        self.expire_all()
        deferred.requested = True

    def rollback(self) -> None:
        deferred: DeferredCommit | None = self.info.get(_DEFERRED)
        if deferred is not None and deferred.requested:
            deferred.rolled_back = True
        super().rollback()


@contextmanager
def defer_commits(session: PlainSession) -> Iterator[DeferredCommit]:
    """Let `session.commit()` only flush inside the block; the caller commits once, together with what else belongs."""
    deferred = session.info[_DEFERRED] = DeferredCommit()
    try:
        yield deferred
    finally:
        session.info.pop(_DEFERRED, None)


@contextmanager
def reading() -> Iterator[None]:
    """Make transactions begun inside the block read-only: on SQLite they take no write lock, and writes are refused."""
    token = _read_only.set(True)
    try:
        yield
    finally:
        _read_only.reset(token)


def set_reading(value: bool) -> None:
    """Switch `reading` on or off where no block fits, such as around a request."""
    _read_only.set(value)


def set_lock_wait(milliseconds: int | None) -> None:
    """Limit how long the transactions begun from now on wait for a lock; None: as long as the engine's own limit."""
    _lock_wait.set(milliseconds)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open a read-only transaction that sees the database as of one moment and blocks no writer.

    PostgreSQL: REPEATABLE READ. SQLite: a reader in WAL mode; the log cannot be checkpointed meanwhile.
    """
    is_postgres = engine.dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if is_postgres else {}
    with reading(), engine.connect().execution_options(**options) as connection:
        yield connection
        connection.rollback()


def begin_snapshot(session: PlainSession | scoped_session[Any]) -> None:
    """Begin a transaction of the session that sees the database as of one moment, however long it takes.

    A transaction in progress is rolled back. On SQLite every transaction is like that.
    """
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        disable_timeouts(session.connection(execution_options={"isolation_level": "REPEATABLE READ"}))


def disable_timeouts(connection: Connection) -> None:
    """Let the rest of this transaction take as long as it needs. Only PostgreSQL has such limits."""
    if connection.dialect.name == "postgresql":
        for timeout in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {timeout} = 0")


def dialect_insert(session: PlainSession | scoped_session[Any], target: Any) -> postgresql.Insert:
    """Return an INSERT of the session's own dialect, the only kind that knows ON CONFLICT.

    :param target: a mapped class or a table
    """
    on_postgres = session.get_bind().dialect.name == "postgresql"
    # SQLite's Insert has the same methods; only the class differs.
    return postgresql.insert(target) if on_postgres else sqlite.insert(target)  # type: ignore[return-value]


def insert_or_ignore(session: PlainSession | scoped_session[Any], target: Any) -> postgresql.Insert:
    """Return INSERT … ON CONFLICT DO NOTHING: a row that a constraint refuses is left out without an error.

    :param target: a mapped class or a table; add `.values()` or give the rows to `execute`
    """
    statement = dialect_insert(session, target).on_conflict_do_nothing()
    return statement.execution_options(synchronize_session=False)


def lock_name(session: PlainSession | scoped_session[Any], name: str) -> None:
    """Wait for other transactions that locked this name, and hold it until the end of this one.

    For limits on something that has no row of its own. SQLite has one writer, so there is nothing to wait for.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def affected(result: sa.Result[Any]) -> int:
    """Return how many rows an UPDATE or DELETE found. After an INSERT ask for RETURNING instead."""
    return int(result.rowcount)  # type: ignore[attr-defined]


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut `items` into lists of at most `size`, in order. (`itertools.batched` needs Python 3.12.)"""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def engine_options(url: str) -> dict[str, Any]:
    """Return options for `create_engine`: timeouts, and a pool with a connection for each request in the database."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": SQLITE_BUSY_MILLISECONDS / 1000}}
    settings = (
        f"-c statement_timeout={POSTGRES_STATEMENT_MILLISECONDS} -c lock_timeout={POSTGRES_LOCK_MILLISECONDS} "
        f"-c idle_in_transaction_session_timeout={2 * POSTGRES_STATEMENT_MILLISECONDS} -c timezone=UTC"
    )
    return {"pool_size": POOL_SIZE, "connect_args": {"options": settings}}


def prepare_engine(engine: Engine) -> None:
    """Attach the listeners that configure SQLite (see the module docstring) or test idle PostgreSQL connections."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "checkin", _note_when)
        event.listen(engine, "checkout", _ping_after_idling)
        return
    file = engine.url.database or ":memory:"
    if not file.startswith((":", "file:")):
        event.listen(engine, "do_connect", lambda *_arguments: keep_sqlite_private(Path(file)))
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _note_when(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["idle_since"] = time.monotonic()


def _ping_after_idling(connection: Any, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
    """Ping a connection only if it was idle: SQLAlchemy's own pre-ping at each checkout costs much of a vote's work.

    A connection that died within the last seconds costs one request a 503; SQLAlchemy then discards the whole pool.
    """
    now = time.monotonic()
    dialect: sa.Dialect = proxy._pool._dialect
    try:
        if now - record.info.get("idle_since", now) >= PING_AFTER_IDLE_SECONDS:
            dialect.do_ping(connection)
        _limit_lock_wait(connection, record)
    except dialect.loaded_dbapi.Error as error:
        raise sa.exc.DisconnectionError(str(error)) from error  # the pool opens another connection and retries


def _limit_lock_wait(connection: Any, record: ConnectionPoolEntry) -> None:
    """Set the connection's lock_timeout if it differs: SET LOCAL in each transaction would cost a round trip."""
    wanted = _lock_wait.get() or POSTGRES_LOCK_MILLISECONDS
    if record.info.get(_LOCK_WAIT, POSTGRES_LOCK_MILLISECONDS) == wanted:
        return
    connection.execute(f"SET lock_timeout = {wanted}")
    connection.commit()
    record.info[_LOCK_WAIT] = wanted


def _open_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions itself
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_BUSY_MILLISECONDS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    wait = _lock_wait.get() or SQLITE_BUSY_MILLISECONDS
    if connection.info.get(_LOCK_WAIT, SQLITE_BUSY_MILLISECONDS) != wait:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={wait}")
        connection.info[_LOCK_WAIT] = wait
    read_only = _read_only.get()
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

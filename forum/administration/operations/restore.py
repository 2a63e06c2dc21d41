"""Restore a backup into an empty database: all of it, or nothing."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask_migrate import upgrade
from sqlalchemy.engine import Connection

from forum.administration.operations.archive import (
    UNREADABLE,
    Manifest,
    TableEntry,
    blob_pieces,
    blobs_of,
    decode,
    lines,
    tables,
)
from forum.administration.operations.queries import expected_schema, is_migrated
from forum.core.database import batches, disable_timeouts, reading
from forum.core.errors import InvalidInput, ServiceUnavailable, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.audit.queries import chain_head
from forum.system.blobs.store import PIECE_BYTES, current_store

BATCH_SIZE = 500
FULL_TEXT_TRIGGERS = "idea_fts_"  # these fill the full-text index, which is not in the file


def check_backup(path: Path, sha256: str = "") -> Manifest:
    """Read a backup from end to end and verify it before anything is written.

    The hashes inside detect damage but not manipulation: whoever changes a table can change the manifest too. `sha256`,
    stored elsewhere since the backup was made, detects both.

    :raise InvalidInput: not a backup, damaged, changed, or of another version of this program
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest() if sha256 else ""
        if found != sha256.lower():
            raise InvalidInput("백업 파일의 SHA-256이 적어 두신 것과 다릅니다. 다른 파일이거나 바뀐 파일입니다.")
        with zipfile.ZipFile(path) as archive:
            manifest = Manifest.read(archive)
            _require_same_schema(manifest)
            for table, entry in zip(tables(), _entries_in_order(manifest), strict=True):
                for line in lines(archive, entry):
                    decode(table, line)
            for name, size in blobs_of(archive, manifest):
                for _piece in blob_pieces(archive, name, size):
                    pass
    except (OSError, *UNREADABLE) as error:
        raise InvalidInput(_("%(path)s: 백업 파일을 읽지 못했습니다.", path=path)) from error
    return manifest


def prepare_empty_database() -> None:
    """Create the tables if there are none. The session must hold no lock: migrations use their own connection.

    :raise WrongState: there are rows already, or tables of another version
    """
    with reading(), db.engine.connect() as connection:
        is_new = not sa.inspect(connection).get_table_names()
    if is_new:
        upgrade()
    elif not is_migrated():
        raise WrongState("이 데이터베이스에는 다른 판의 표가 있습니다. 빈 데이터베이스(DATABASE_URL)를 주세요.")
    for table in tables():
        if db.session.scalar(sa.select(sa.exists(sa.select(sa.literal(1)).select_from(table)))):
            raise WrongState(f"비어 있지 않은 곳에는 되살리지 않습니다: {table.name} 표에 자료가 있습니다.")


def load_backup(path: Path, manifest: Manifest) -> None:
    """Fill the empty tables from a backup that `check_backup` has verified, in one transaction. The caller commits.

    :raise InvalidInput: the file changed since it was checked, a row breaks a rule of the database, or the audit chain
        does not end as the manifest says
    :raise ServiceUnavailable: the database cannot take it now, e.g. because its disk is full, or the store of photos
        cannot: what it has taken is then removed as bytes without a row
    """
    connection = db.session.connection()
    fill = _fill_postgres if connection.dialect.name == "postgresql" else _fill_sqlite
    with zipfile.ZipFile(path) as archive, _triggers_disabled(connection):
        for sha256, size in blobs_of(archive, manifest):
            _restore_blob(sha256, size, blob_pieces(archive, sha256, size))
        for table, entry in zip(tables(), _entries_in_order(manifest), strict=True):
            rows = (decode(table, line) for line in lines(archive, entry))
            with _refusals_named(table):
                fill(connection, table, rows)
    _require_references(connection)
    newest = chain_head()
    if manifest.audit_head != ({"seq": newest.seq, "hash": newest.hash} if newest.seq else {}):
        raise InvalidInput("되살린 감사 기록의 머리가 백업의 목록과 다릅니다. 바뀐 파일입니다.")


def _restore_blob(sha256: str, size: int, pieces: Iterator[bytes]) -> None:
    """Put a blob into the store; a large one is never whole in memory."""
    if size > PIECE_BYTES:
        current_store().put_pieces(sha256, pieces)
    else:
        current_store().put(sha256, b"".join(pieces))


def _require_same_schema(manifest: Manifest) -> None:
    wanted = sorted(expected_schema())
    if manifest.schema != wanted:
        raise InvalidInput(
            f"백업은 {', '.join(manifest.schema) or '?'} 판의 표이고, 이 프로그램의 표는 {', '.join(wanted)} 판입니다. "
            "백업을 만든 판의 프로그램으로 되살린 뒤 ‘flask forum setup’으로 올려 주세요."
        )


def _entries_in_order(manifest: Manifest) -> list[TableEntry]:
    """Return the manifest's entries in the order of our tables; names and columns must be the same."""
    entries = {entry.name: entry for entry in manifest.tables}
    columns = {table.name: [column.name for column in table.columns] for table in tables()}
    if {entry.name: entry.columns for entry in manifest.tables} != columns or len(manifest.tables) != len(columns):
        raise InvalidInput("백업 파일의 표나 칸이 이 프로그램의 것과 다릅니다.")
    return [entries[table.name] for table in tables()]


@contextmanager
def _refusals_named(table: sa.Table) -> Iterator[None]:
    """Say which table's rows the database refused. COPY raises the driver's own errors, not SQLAlchemy's."""
    try:
        yield
    except (psycopg.OperationalError, sa.exc.OperationalError) as error:
        raise ServiceUnavailable(
            _("데이터베이스가 %(table)s 표를 받지 못했습니다: %(reason)s", table=table.name, reason=_reason(error))
        ) from error
    except (psycopg.Error, sa.exc.DBAPIError, OverflowError, ValueError, TypeError) as error:
        raise InvalidInput(
            _("백업 파일의 %(table)s 표에 데이터베이스의 규칙에 맞지 않는 줄이 있습니다.", table=table.name)
        ) from error


def _reason(error: psycopg.Error | sa.exc.DBAPIError) -> str:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return str(cause).strip().partition("\n")[0][:200]


def _require_references(connection: Connection) -> None:
    """SQLite checks the references at the commit only, and does not say whose they are.

    :raise InvalidInput: a row refers to one that is not there
    """
    if connection.dialect.name == "sqlite":
        wrong = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if wrong is not None:
            raise InvalidInput(_("백업 파일의 %(table)s 표에 없는 줄을 가리키는 줄이 있습니다.", table=wrong[0]))


@contextmanager
def _triggers_disabled(connection: Connection) -> Iterator[None]:
    """Disable triggers inside the block: restored rows were valid when written, rules about the present do not apply.

    Keys and CHECKs stay in force: PostgreSQL checks them at the end of each table's COPY, SQLite at the commit.
    """
    if connection.dialect.name == "postgresql":
        disable_timeouts(connection)
        for table in tables():
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
        yield
        for table in tables():
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')
        return
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = [row for row in connection.execute(query).all() if not row[0].startswith(FULL_TEXT_TRIGGERS)]
    for name, _statement in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _name, statement in triggers:
        connection.exec_driver_sql(statement)


def _fill_postgres(connection: Connection, table: sa.Table, rows: Iterator[list[Any]]) -> None:
    """Fill a table by COPY: one statement, so that rows may refer to later rows of their table; nothing is buffered."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in _bound(connection, table, rows):
            copy.write_row(row)
    for column in table.primary_key.columns:
        sequence = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(f'"{table.name}"', column.name)))
        if sequence:
            newest = sa.select(sa.func.max(column)).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(newest, 1), newest.is_not(None))))


def _fill_sqlite(connection: Connection, table: sa.Table, rows: Iterator[list[Any]]) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    places = ", ".join("?" * len(table.columns))
    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({places})'  # noqa: S608  (names are the models' own)
    for batch in batches(_bound(connection, table, rows), BATCH_SIZE):
        connection.exec_driver_sql(statement, batch)


def _bound(connection: Connection, table: sa.Table, rows: Iterator[list[Any]]) -> Iterator[tuple[Any, ...]]:
    """Convert rows to driver values with the bind processors of the columns' types."""
    dialect = connection.dialect
    binders: list[Callable[[Any], Any] | None] = [
        column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns
    ]
    for row in rows:
        yield tuple(
            bind(value) if bind and value is not None else value for bind, value in zip(binders, row, strict=True)
        )

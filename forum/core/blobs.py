"""Large values of a column of bytes, from a file to the database in pieces.

Binding such a value takes its size once (PostgreSQL) or twice (SQLite) more than the value itself.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session, scoped_session

PIECE_BYTES = 1 << 20
_INCOMING = sa.table("incoming_bytes", sa.column("value", sa.LargeBinary))
# https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format": a signature, flags, the length of an extension
_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_COPY_END = struct.pack(">h", -1)


def new_bytes(session: Session | scoped_session[Any], file: BinaryIO, size: int) -> sa.ColumnElement[bytes]:
    """Return the value for an INSERT: the bytes of a file. `fill_bytes` must follow."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.func.zeroblob(size, type_=sa.LargeBinary)
    name = _INCOMING.name
    session.execute(sa.text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} (value bytea) ON COMMIT DROP"))
    session.execute(sa.text(f"TRUNCATE {name}"))
    with _driver(session).cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(_COPY_HEAD + struct.pack(">hi", 1, size))
        while piece := file.read(PIECE_BYTES):
            copy.write(piece)
        copy.write(_COPY_END)
    return sa.select(_INCOMING.c.value).scalar_subquery()


def fill_bytes(session: Session | scoped_session[Any], column: Any, file: BinaryIO, **key: Any) -> None:
    """Write the bytes to the row, where `new_bytes` has only made room: on SQLite.

    :param column: of a table; :param key: the columns that find the row
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    row: sa.Select[Any] = sa.select(sa.literal_column("rowid")).select_from(column.table).filter_by(**key)
    rowid = session.execute(row).scalar_one()
    with _driver(session).blobopen(column.table.name, column.name, rowid) as blob:
        while piece := file.read(PIECE_BYTES):
            blob.write(piece)


def _driver(session: Session | scoped_session[Any]) -> Any:
    return session.connection().connection.driver_connection

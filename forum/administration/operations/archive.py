"""Backup file format: a ZIP of one JSONL file per table, the bytes of blobs, and a manifest with counts and hashes.

The format does not depend on the engine: a backup of SQLite can be restored into PostgreSQL and the other way round.
Tables and columns come from the models, so a new table needs no change here. What can be rebuilt (the full-text index,
huey's own queue) is not included. The bytes of a blob are the entry `blobs/<sha256>`, unless they wait in its row.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import json
import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import IO, Any, Self

import sqlalchemy as sa

from forum.core.database import Base, UtcDateTime
from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.system.blobs.models import Blob
from forum.system.blobs.store import PIECE_BYTES

FORMAT = 2
BLOBS = "blobs/"
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 5_000_000
MAX_INTEGER = 2**63 - 1
UNREADABLE = (
    # what zipfile raises on damaged, encrypted or unknown entries, and json on what is none
    *(EOFError, KeyError, NotImplementedError, OverflowError, RecursionError, RuntimeError, struct.error),
    *(TypeError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)


@dataclass(frozen=True)
class TableEntry:
    """One table in the file. `sha256` is computed over its uncompressed JSONL bytes."""

    name: str
    columns: list[str]
    rows: int
    sha256: str
    size_bytes: int

    @property
    def file(self) -> str:
        return f"{self.name}.jsonl"


@dataclass(frozen=True)
class Manifest:
    """Contents of the file. `schema` lists the database's migration heads.

    `missing_blobs` names the blobs whose bytes the store had already lost when the backup was made.
    """

    format: int
    made_at: str
    engine: str
    schema: list[str]
    audit_head: dict[str, Any]
    tables: list[TableEntry]
    missing_blobs: list[str] = field(default_factory=list)

    def require_types(self) -> None:
        """:raise TypeError: a value is of another kind than `write_backup` writes"""
        texts = [self.made_at, self.engine, *_list(self.schema), *(table.name for table in self.tables)]
        texts += _list(self.missing_blobs)
        texts += [text for table in self.tables for text in (table.sha256, *_list(table.columns))]
        numbers = [self.format, *(number for table in self.tables for number in (table.rows, table.size_bytes))]
        if not all(isinstance(text, str) for text in texts) or not isinstance(self.audit_head, dict):
            raise TypeError("a text is none")
        if not all(type(number) is int and 0 <= number <= MAX_INTEGER for number in numbers):
            raise TypeError("a number is none")

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def as_bytes(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def read(cls, archive: zipfile.ZipFile) -> Self:
        """Read the manifest of a backup.

        :raise InvalidInput: there is none, or it is not a manifest of this format
        """
        try:
            with archive.open(MANIFEST) as file:
                facts = json.loads(file.read(MAX_MANIFEST_BYTES))
            manifest = cls(**facts | {"tables": [TableEntry(**table) for table in facts["tables"]]})
            manifest.require_types()
        except UNREADABLE as error:
            raise InvalidInput(f"백업 파일이 아닙니다: 목록({MANIFEST})을 읽지 못했습니다.") from error
        if manifest.format != FORMAT:
            raise InvalidInput(f"이 판은 백업 형식 {FORMAT}만 읽습니다. 이 파일은 {manifest.format}입니다.")
        return manifest


def tables() -> list[sa.Table]:
    """Return all tables, referenced tables first."""
    return Base.metadata.sorted_tables


def encode(row: Sequence[Any]) -> bytes:
    """Return a row as a JSON line."""
    return json.dumps([_plain(value) for value in row], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode(table: sa.Table, line: bytes) -> list[Any]:
    """Return a line's row as Python values for the table's columns.

    :raise InvalidInput: not a row of this table
    """
    try:
        values = json.loads(line)
        return [_value(column, value) for column, value in zip(table.columns, values, strict=True)]
    except UNREADABLE as error:
        raise InvalidInput(f"백업 파일이 손상되었습니다: {table.name} 표에 읽을 수 없는 줄이 있습니다.") from error


def lines(archive: zipfile.ZipFile, entry: TableEntry) -> Iterator[bytes]:
    """Yield a table's lines one at a time, and check their number, size and hash at the end.

    :raise InvalidInput: they differ from the manifest
    """
    count, size, digest = 0, 0, hashlib.sha256()
    try:
        with archive.open(entry.file) as file:
            for line in _bounded(file, entry):
                count, size = count + 1, size + len(line)
                digest.update(line)
                yield line
    except UNREADABLE as error:
        raise InvalidInput(f"백업 파일이 손상되었습니다: {entry.name} 표를 읽지 못했습니다.") from error
    if (count, size, digest.hexdigest()) != (entry.rows, entry.size_bytes, entry.sha256):
        raise InvalidInput(f"백업 파일이 손상되었거나 바뀌었습니다: {entry.name} 표가 목록과 다릅니다.")


def blobs_of(archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[tuple[str, int]]:
    """Yield name and size of each blob whose bytes are entries, as the table of blobs names them."""
    table = Base.metadata.tables[Blob.__tablename__]
    entry = next(one for one in manifest.tables if one.name == table.name)
    names = [column.name for column in table.columns]
    missing = set(manifest.missing_blobs)
    for line in lines(archive, entry):
        row = dict(zip(names, decode(table, line), strict=True))
        if row["waiting"] is None and row["sha256"] not in missing:
            yield row["sha256"], row["size"]


def blob_pieces(archive: zipfile.ZipFile, sha256: str, size: int) -> Iterator[bytes]:
    """Yield the bytes of a blob piece by piece: a file of data may be large.

    :raise InvalidInput: it is not there; or, at the end, its bytes are not those that its name and row say
    """
    left, digest = size + 1, hashlib.sha256()  # no more, however much it unpacks to
    try:
        with archive.open(BLOBS + sha256) as file:
            while piece := file.read(min(PIECE_BYTES, left)):
                left -= len(piece)
                digest.update(piece)
                yield piece
    except KeyError as error:
        raise InvalidInput(_("백업 파일에 보관 파일 %(name)s{이} 없습니다.", name=sha256[:12])) from error
    except UNREADABLE as error:
        raise InvalidInput(
            _("백업 파일이 손상되었습니다: 보관 파일 %(name)s{을} 읽지 못했습니다.", name=sha256[:12])
        ) from error
    if left != 1 or digest.hexdigest() != sha256:
        raise InvalidInput(
            _("백업 파일이 손상되었거나 바뀌었습니다: 보관 파일 %(name)s{이} 다릅니다.", name=sha256[:12])
        )


def _bounded(file: IO[bytes], entry: TableEntry) -> Iterator[bytes]:
    """Yield lines up to the size in the manifest, so that a file that unpacks to more is cut off (zip bombs)."""
    left = entry.size_bytes + 1
    while left > 0 and (line := file.readline(left)):
        left -= len(line)
        yield line


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def _value(column: sa.Column[Any], value: Any) -> Any:
    """:raise TypeError, ValueError, KeyError: no value of this column"""
    kind = column.type
    if value is None or isinstance(kind, sa.JSON):
        return value
    if isinstance(kind, sa.Enum):
        return kind.enum_class[value] if kind.enum_class else _text(value)
    if isinstance(kind, UtcDateTime):
        return _moment(value)
    if isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, sa.Date):
        return date.fromisoformat(value)
    if isinstance(kind, sa.LargeBinary):
        return base64.b64decode(value, validate=True)
    return _plain_value(kind, value)


def _plain_value(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    if isinstance(kind, sa.String):
        return _text(value)
    if isinstance(kind, sa.Boolean) and type(value) is not bool:
        raise TypeError("not a truth value")
    if isinstance(kind, sa.Integer) and (type(value) is not int or abs(value) > MAX_INTEGER):
        raise TypeError("not an integer that a database can hold")
    if isinstance(kind, sa.Float) and (type(value) not in (int, float) or not math.isfinite(value)):
        raise TypeError("not a number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError("not a text")
    value.encode()  # refuses half a character
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value

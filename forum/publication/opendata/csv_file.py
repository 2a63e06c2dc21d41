"""A table as a CSV file, written row by row: a forum of 20,000 ideas never stands in memory."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.core.spreadsheets import escape_formula
from forum.publication.digests.columns import Columns
from forum.publication.digests.document import ColumnKind
from forum.publication.opendata.queries import Row

IN_MEMORY = 2 * 2**20  # bytes; a larger file goes to disk
READ_AT_ONCE = 2**20
SHARE_PLACES, SCORE_PLACES = 4, 2
CHARSETS = {"utf-8": "utf-8", "cp949": "euc-kr"}
"""Encoding that may be asked for -> its registered name, by which browsers mean the same."""
CODECS = {"utf-8": "utf-8-sig", "cp949": "cp949"}
"""UTF-8 begins with a mark, which Korean Excel needs; CP949 is for programs that know no other."""


@dataclass(frozen=True)
class CsvFile:
    """:param content: at its beginning; :param etag: SHA-256 of it"""

    content: IO[bytes]
    n_bytes: int
    etag: str


def chosen_encoding(name: str) -> str:
    """:raise InvalidInput: neither utf-8, which is also the default, nor cp949"""
    encoding = name.strip().lower() or "utf-8"
    if encoding not in CODECS:
        raise InvalidInput({"encoding": _("encoding에는 utf-8이나 cp949를 적어 주세요.")})
    return encoding


def write_csv(columns: Columns, rows: Iterable[Row], encoding: str, *, is_sample: bool) -> CsvFile:
    """Write a table; no cell is a formula, a sample says so in each row.

    Dates are in ISO 8601, shares from 0 to 1. What CP949 lacks becomes a question mark.
    """
    # The caller's response closes the file, which deletes it.
    content: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    text = io.TextIOWrapper(content, CODECS[encoding], errors="replace", newline="", write_through=True)
    writer = csv.writer(text)
    first = [_("예시")] if is_sample else []
    writer.writerow([*first, *(column.label for column in columns)])
    plain = [PLAIN.get(column.kind, escape_formula) for column in columns]
    for row in rows:
        cells = (make(cell) if cell is not None else "" for make, cell in zip(plain, row, strict=True))
        writer.writerow([*first, *cells])
    text.detach()
    return CsvFile(content, content.tell(), _hash_of(content))


def _hash_of(content: IO[bytes]) -> str:
    content.seek(0)
    found = hashlib.sha256()
    while piece := content.read(READ_AT_ONCE):
        found.update(piece)
    content.seek(0)
    return found.hexdigest()


PLAIN: dict[ColumnKind, Callable[[Any], object]] = {
    ColumnKind.INTEGER: int,
    ColumnKind.SCORE: lambda score: round(score, SCORE_PLACES),
    ColumnKind.SHARE: lambda share: round(share, SHARE_PLACES),
    ColumnKind.DATE: lambda day: day.isoformat(),
    ColumnKind.YES: lambda is_so: _("예") if is_so else "",
}

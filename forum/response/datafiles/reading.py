"""Read a CSV file of people's as a stream: its encoding and its rows, with bounded memory whatever it holds."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TextIO

CHUNK_BYTES = 1 << 20
MAX_RECORD_CHARS = 1 << 20
BATCH_ROWS = 5_000
UTF8, CP949 = "UTF-8", "CP949"
CODECS = {UTF8: "utf-8-sig", CP949: "cp949"}
_OTHER_KINDS = (
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"PAR1",
)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Unreadable(Exception):
    """The file cannot be read on, so it is refused at once.

    :param code: of `wording.PROBLEMS`
    :param row: counted from 1, the header
    """

    def __init__(self, code: str, row: int | None = None) -> None:
        super().__init__(code)
        self.code, self.row = code, row


@dataclass(frozen=True)
class Survey:
    """What is true of the bytes as a whole."""

    sha256: str
    crc32: int
    size: int
    encoding: str


def survey(file: BinaryIO) -> Survey:
    """Read the file once, or twice if it is no UTF-8.

    :raise Unreadable: an archive, a workbook, UTF-16, a NUL character, or neither UTF-8 nor CP949
    """
    digest, crc, size = hashlib.sha256(), 0, 0
    broken_at: int | None = None
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    for chunk in _chunks(file):
        if not size:
            _refuse_other_kinds(chunk)
        digest.update(chunk)
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        if b"\0" in chunk:
            raise Unreadable("NUL", line + chunk[: chunk.index(b"\0")].count(b"\n"))
        if broken_at is None:
            broken_at = _broken_line(decoder, chunk, line)
        line += chunk.count(b"\n")
    if broken_at is None and decoder.getstate()[0]:
        broken_at = line  # the last character is cut off
    encoding = UTF8 if broken_at is None else CP949
    if broken_at is not None:
        file.seek(0)
        _require_cp949(file, broken_at)
    return Survey(digest.hexdigest(), crc, size, encoding)


def _require_cp949(file: BinaryIO, utf8_broken_at: int) -> None:
    """:raise Unreadable: no CP949 either; the row is where the better of the two guesses fails"""
    decoder, line = codecs.getincrementaldecoder("cp949")(), 1
    for chunk in _chunks(file):
        broken_at = _broken_line(decoder, chunk, line)
        if broken_at is not None:
            raise Unreadable("ENCODING", max(broken_at, utf8_broken_at))
        line += chunk.count(b"\n")
    if decoder.getstate()[0]:
        raise Unreadable("ENCODING", line)


def _broken_line(decoder: codecs.IncrementalDecoder, chunk: bytes, line: int) -> int | None:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        return line + error.object[: error.start].count(b"\n")
    return None


def _refuse_other_kinds(start: bytes) -> None:
    if start.startswith(_OTHER_KINDS):
        raise Unreadable("KIND")
    if start.startswith(_UTF16):
        raise Unreadable("UTF16")


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


class Lines:
    """The lines of a text, for `csv.reader`; a record that is too long is refused before it is in memory."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.n_chars = 0
        self.record_began = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_RECORD_CHARS)
        if not line:
            raise StopIteration
        self.n_chars += len(line)
        if self.n_chars - self.record_began >= MAX_RECORD_CHARS:
            raise Unreadable("RECORD")
        return line


@dataclass(frozen=True)
class Batch:
    """Some rows in order; `first` is the number of the first one, counted from 1, the header."""

    first: int
    rows: list[list[str]]


def batches_of(file: BinaryIO, encoding: str) -> Iterator[Batch]:
    """Yield the rows, the header in a batch of its own; of large rows fewer at a time.

    :raise Unreadable: a quote that is not closed, or a record that is too long
    """
    lines = Lines(io.TextIOWrapper(file, CODECS[encoding], newline=""))
    reader = csv.reader(lines, strict=True)
    rows: list[list[str]] = []
    number, first, began = 0, 1, 0
    try:
        for row in reader:
            number += 1
            lines.record_began = lines.n_chars
            rows.append(row)
            if number == 1 or len(rows) == BATCH_ROWS or lines.n_chars - began > MAX_RECORD_CHARS:
                yield Batch(first, rows)
                rows, first, began = [], number + 1, lines.n_chars
    except csv.Error as error:
        raise Unreadable("BROKEN", number + 1) from error
    except Unreadable as error:
        raise Unreadable(error.code, number + 1) from error
    if rows:
        yield Batch(first, rows)

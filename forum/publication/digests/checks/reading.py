"""The files of a digest, read back as another program reads them. Each function may raise `Unreadable`."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, BinaryIO

import pypdf
import pypdfium2
from lxml import etree, html
from pypdf.errors import PyPdfError

from forum.publication.digests.files import Files

SECTIONS = re.compile(r"Contents/section\d+\.xml")
"""Of an HWPX file."""
_PIECE, _OVERLAP = 1 << 20, 4096
_JSON_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')


class Unreadable(Exception):
    """Bytes that are no file of their format. :param format: its code"""

    def __init__(self, format: str, reason: str) -> None:
        super().__init__(f"{format}: {reason}")
        self.format = format


@contextmanager
def reading(format: str) -> Iterator[None]:
    """Turn what the readers raise into `Unreadable`. (ValueError: no JSON, or no UTF-8)"""
    broken = (PyPdfError, pypdfium2.PdfiumError, zipfile.BadZipFile, zlib.error, etree.LxmlError, csv.Error)
    try:
        yield
    except (*broken, ValueError, LookupError) as error:
        raise Unreadable(format, str(error)) from error


def pdf_texts(data: bytes) -> list[str]:
    """Return the text of each page. (pypdf takes a second for 20 pages, PDFium 0.05)"""
    with reading("pdf"):
        document = pypdfium2.PdfDocument(data)
        try:
            return [_text_of(document[number]) for number in range(len(document))]
        finally:
            document.close()


def _text_of(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage()
    try:
        return str(text.get_text_range())
    finally:
        text.close()
        page.close()


def pdf_addresses(data: bytes) -> set[str]:
    """Return the addresses that its links lead to."""
    with reading("pdf"):
        reader = pypdf.PdfReader(io.BytesIO(data))
        notes = [note.get_object() for page in reader.pages for note in page.get("/Annots", ())]
        return {str(note["/A"]["/URI"]) for note in notes if "/URI" in note.get("/A", {})}


def html_tree(data: bytes) -> Any:
    with reading("html"):
        return html.fromstring(data.decode())


def csv_rows(files: Mapping[str, bytes]) -> Iterator[list[str]]:
    with reading("csv"), io.TextIOWrapper(_opened(files, "csv"), "utf-8-sig", newline="") as lines:
        yield from csv.reader(lines, strict=True)


def json_lines(files: Mapping[str, bytes]) -> Iterator[bytes]:
    with reading("json"), _opened(files, "json") as file:
        yield from file


def json_strings(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield each string but the keys. The whole of a campaign of 20,000 ideas as objects would take 150 MB."""
    with reading("json"):
        line = b""
        for number, line in enumerate(json_lines(files)):
            if number == 0 and not line.startswith(b"{"):
                raise ValueError("no object")
            for found in _JSON_STRING.finditer(line):
                if line[found.end() : found.end() + 1] != b":":
                    yield json.loads(found.group().decode())
        if not line.rstrip().endswith(b"}"):
            raise ValueError("no whole object")


def _opened(files: Mapping[str, bytes], name: str) -> BinaryIO:
    """Return a file to read in pieces: one on disk is never read whole."""
    return files.open(name) if isinstance(files, Files) else io.BytesIO(files[name])


def archive_names(format: str, data: bytes) -> list[str]:
    """Return the names of the parts of an XLSX or HWPX file."""
    with reading(format), zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.namelist()


def archive_parts(format: str, data: bytes, wanted: re.Pattern[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each part with such a name."""
    for name, pieces in archive_pieces(format, data, wanted):
        yield name, b"".join(piece[_OVERLAP:] for piece in pieces)


def archive_pieces(format: str, data: bytes, wanted: re.Pattern[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the name of each such part with its bytes in pieces, since a sheet may have 40 MB.

    A piece begins with the end of the one before, so that nothing is missed where it is cut.
    """
    with reading(format), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in filter(wanted.fullmatch, archive.namelist()):
            with archive.open(name) as part:
                yield name, _pieces(part)


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    end = b" " * _OVERLAP
    while piece := part.read(_PIECE):
        yield end + piece
        end = (end + piece)[-_OVERLAP:]

"""The files of a digest, read back as another program reads them. Each function may raise `Unreadable`."""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdf
import pypdfium2
from lxml import etree, html
from pypdf.errors import PyPdfError


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


def csv_rows(data: bytes) -> list[list[str]]:
    with reading("csv"):
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def json_value(data: bytes) -> Any:
    with reading("json"):
        return json.loads(data)


def archive_parts(format: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each part of an XLSX or HWPX file, one at a time: a large one has 100 MB."""
    with reading(format), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)

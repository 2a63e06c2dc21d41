"""Files of a digest in which a test plants a fault."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pikepdf
import xlsxwriter

from forum.publication.digests import document as doc
from tests.forum.publication.digests.contents import URL, example_document


def sound_document(*, is_sample: bool = False, blocks: tuple[doc.Block, ...] = ()) -> doc.Document:
    """Return the example whose theme's chapter cites an idea of that theme, unlike `example_document()`."""
    example = example_document(is_sample=is_sample)
    moved = tuple(
        replace(block, idea=doc.IdeaLink(21, f"{URL}/ideas/21")) if isinstance(block, doc.Quote) else block
        for block in example.blocks
    )
    return replace(example, blocks=(*moved, *blocks))


def changed_pdf(data: bytes, change: Callable[[pikepdf.Pdf], object]) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        written = io.BytesIO()
        pdf.save(written)
    return written.getvalue()


def elements(pdf: pikepdf.Pdf, kind: str) -> Iterator[Any]:
    """Yield the structure elements of a kind, such as /TH."""
    for one in pdf.objects:
        if isinstance(one, pikepdf.Dictionary) and one.get("/S") == kind and "/P" in one:
            yield one


def workbook(*, is_sample: bool = False, formula: str = "", link: str = "", unmarked: bool = False) -> bytes:
    """Return two sheets as the digest's are: texts that look like formulas, and the mark in header and footer."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for place in range(2):
            sheet = book.add_worksheet()
            mark = "&B예시&B" if is_sample and not (unmarked and place) else ""
            sheet.set_header(f"&L예시 모음&C{mark}")
            sheet.write_string(0, 0, "=CMD('calc')!A1 <f> &lt;f&gt;")
            if formula:
                sheet.write_formula(1, 0, formula)
            if link:
                sheet.write_url(2, 0, link)
    return buffer.getvalue()


def archive(**parts: str) -> bytes:
    """Return a zip file. :param parts: text by name, with / written as __ and . as _dot_"""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, text in parts.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return buffer.getvalue()


def hwpx(body: str, header: str = "") -> bytes:
    section = f'<hs:sec xmlns:hs="s" xmlns:hp="p"><hp:header><hp:t>{header}</hp:t></hp:header>{body}</hs:sec>'
    return archive(Contents__section0_dot_xml=section)

"""A 한글 document that opens, and that holds all of the digest's document: it is read again, with an XML parser."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from typing import Any

from lxml import etree

from forum.core.i18n import _
from forum.publication.digests import cells
from forum.publication.digests.document import (
    Bullets,
    Document,
    Figure,
    Grid,
    Heading,
    Notice,
    Paragraph,
    Quote,
    Table,
    idea_links,
)
from forum.publication.digests.renderers.hwpx_xml import clean, plain

NAMESPACES = {
    "hc": "http://www.hancom.co.kr/hwpml/2011/core",
    "hh": "http://www.hancom.co.kr/hwpml/2011/head",
    "hp": "http://www.hancom.co.kr/hwpml/2011/paragraph",
    "opf": "http://www.idpf.org/2007/opf/",
}
MAX_SHOWN_ERRORS = 3
Element = Any
"""Of lxml, which has no types of its own."""
_LINE_BREAK = f"{{{NAMESPACES['hp']}}}lineBreak"


@dataclass(frozen=True)
class FoundTable:
    """:param repeats: whether its first row is made of header cells and stands on each page"""

    caption: str
    rows: list[list[str]]
    repeats: bool


@dataclass
class Found:
    """What a file holds. :param pictures: (description, caption, file) of each"""

    title: str = ""
    header: str = ""
    headings: list[tuple[int, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    tables: list[FoundTable] = field(default_factory=list)
    pictures: list[tuple[str, str, bytes]] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Parts:
    """The parts of a package. :param files: pictures, by their numbers"""

    header: Element
    section: Element
    content: Element
    files: dict[str, bytes]


def hwpx_problems(data: bytes, document: Document) -> list[str]:
    """Return what is wrong with a file made from a document, in sentences for an analyst."""
    errors = package_errors(data)
    if not errors:
        parts = _parts(data)
        errors = reference_errors(parts)
    if errors:
        what = " · ".join(errors[:MAX_SHOWN_ERRORS])
        return [_("HWPX 파일을 한글에서 열지 못할 수 있어요: %(what)s. 개발자에게 알려 주세요.", what=what)]
    found = _found(parts)
    return [
        *_text_problems(found, document),
        *_table_problems(found, document),
        *_picture_problems(found, document),
        *_link_problems(found, document),
    ]


def package_errors(data: bytes) -> list[str]:
    """Return what python-hwpx finds wrong with the package.

    Schemas are left to the tests: a table of 2,000 rows took 3 s and 250 MB.
    """
    import hwpx

    try:
        return [str(error) for error in hwpx.validate_package(data).errors]
    except (zipfile.BadZipFile, zlib.error) as error:  # 6.9 lets these through where a part cannot be unpacked
        return [str(error)]


def reference_errors(parts: Parts) -> list[str]:
    """Return the references to styles, pictures and beginnings of links that are not there."""
    known = {
        "paraPrIDRef": _all(parts.header, ".//hh:paraPr/@id"),
        "charPrIDRef": _all(parts.header, ".//hh:charPr/@id"),
        "styleIDRef": _all(parts.header, ".//hh:style/@id"),
        "borderFillIDRef": _all(parts.header, ".//hh:borderFill/@id"),
        "binaryItemIDRef": parts.files,
        "beginIDRef": _all(parts.section, ".//hp:fieldBegin/@id"),
    }
    missing = {name: set(_all(parts.section, f".//@{name}")) - set(numbers) for name, numbers in known.items()}
    return [f"{name} {', '.join(sorted(numbers))}" for name, numbers in missing.items() if numbers]


def _parts(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        content = etree.fromstring(package.read("Contents/content.hpf"))
        items = _all(content, "opf:manifest/opf:item[starts-with(@href, 'BinData/')]")
        return Parts(
            etree.fromstring(package.read("Contents/header.xml")),
            etree.fromstring(package.read("Contents/section0.xml")),
            content,
            {item.get("id"): package.read(item.get("href")) for item in items},
        )


def _found(parts: Parts) -> Found:
    levels = {
        heading.getparent().get("id"): int(heading.get("level")) + 1
        for heading in _all(parts.header, ".//hh:paraPr/hh:heading[@type='OUTLINE']")
    }
    found = Found(
        title="".join(_all(parts.content, "opf:metadata/opf:title/text()")),
        header="".join(_words(header, ".//hp:t") for header in _all(parts.section, ".//hp:ctrl/hp:header")),
        addresses=set(_all(parts.section, ".//hp:fieldBegin[@type='HYPERLINK']//hp:stringParam[@name='Path']/text()")),
    )
    for paragraph in _all(parts.section, "hp:p"):
        words = _words(paragraph, "hp:run/hp:t")
        found.lines.append(words)
        if paragraph.get("paraPrIDRef") in levels:
            found.headings.append((levels[paragraph.get("paraPrIDRef")], words))
        found.tables += map(_table, _all(paragraph, "hp:run/hp:tbl"))
        found.pictures += (_picture(picture, parts.files) for picture in _all(paragraph, "hp:run/hp:pic"))
    return found


def _picture(picture: Element, files: dict[str, bytes]) -> tuple[str, str, bytes]:
    description = "".join(_all(picture, "hp:shapeComment/text()"))
    return description, _words(picture, "hp:caption//hp:t"), files[_all(picture, "hc:img/@binaryItemIDRef")[0]]


def _table(table: Element) -> FoundTable:
    rows = _all(table, "hp:tr")
    return FoundTable(
        _words(table, "hp:caption//hp:t"),
        [[_words(cell, "hp:subList//hp:t") for cell in _all(row, "hp:tc")] for row in rows],
        table.get("repeatHeader") == "1" and all(cell.get("header") == "1" for cell in _all(rows[0], "hp:tc")),
    )


def _text_problems(found: Found, document: Document) -> Iterator[str]:
    if found.title != clean(document.title):
        yield _("HWPX 파일에 문서 제목이 적혀 있지 않아요.")
    if document.is_sample and _("예시") not in found.header:
        yield _("HWPX 파일의 쪽마다 있어야 할 ‘예시’ 표시가 없어요.")
    headings = [(block.level, clean(block.words)) for block in document.blocks if isinstance(block, Heading)]
    for wanted, there in zip_longest(headings, found.headings):
        if wanted != there:
            level, words = wanted or there
            yield _("HWPX 파일의 개요가 보고서와 달라요: %(level)s단계 제목 ‘%(words)s’", level=level, words=words)
            break
    lines = iter(found.lines)
    for wanted in _expected_lines(document):
        if wanted not in lines:  # goes on behind the line found before, so the order counts
            yield _("HWPX 파일에 이 글이 없어요: ‘%(words)s’", words=wanted[:80])
            break


def _expected_lines(document: Document) -> Iterator[str]:
    yield clean(document.title)
    yield clean(document.subtitle)
    for block in document.blocks:
        match block:
            case Heading(words=words):
                yield clean(words)
            case Paragraph(words) | Notice(words):
                yield "".join(map(plain, words))
            case Bullets(items):
                yield from ("".join(map(plain, words)) for words in items)
            case Quote(words, source, idea):
                yield clean(words)
                yield clean(f"{source} ") + plain(idea)
            case Figure(chart):
                yield clean(chart.finding)


def _table_problems(found: Found, document: Document) -> Iterator[str]:
    facts = [[clean(name), clean(value)] for name, value in document.facts]
    wanted = ([("", facts)] if facts else []) + [(clean(table.title), _rows(table)) for table in _tables(document)]
    there = [(table.caption, table.rows) for table in found.tables]
    for one, other in zip_longest(wanted, there):
        if one != other:
            caption = (one or other)[0]
            yield _("HWPX 파일의 표 ‘%(caption)s’{이} 보고서와 달라요.", caption=caption or _("보고서 정보"))
            break
    for table in found.tables:
        if table.caption and not table.repeats:
            yield _("HWPX 파일의 표 ‘%(caption)s’에 쪽마다 되풀이되는 제목 줄이 없어요.", caption=table.caption)


def _tables(document: Document) -> Iterator[Table]:
    for block in document.blocks:
        if isinstance(block, Grid):
            yield block.table
        elif isinstance(block, Figure):
            yield block.chart.table


def _rows(table: Table) -> list[list[str]]:
    rows = table.frame.itertuples(index=False, name=None)
    return [
        [clean(column.label) for column in table.columns],
        *(
            [clean(cells.words(value, column)) for value, column in zip(row, table.columns, strict=True)]
            for row in rows
        ),
    ]


def _picture_problems(found: Found, document: Document) -> Iterator[str]:
    charts = [block.chart for block in document.blocks if isinstance(block, Figure)]
    wanted = [(clean(chart.finding), clean(chart.title), chart.png) for chart in charts]
    if wanted != found.pictures:
        yield _("HWPX 파일의 그림이나 그림 설명이 보고서와 달라요.")


def _link_problems(found: Found, document: Document) -> Iterator[str]:
    missing = {link.idea_id for link in idea_links(document) if clean(link.url) not in found.addresses}
    if missing:
        numbers = ", ".join(f"#{number}" for number in sorted(missing))
        yield _("HWPX 파일에서 제안으로 가는 링크가 빠졌어요: %(numbers)s", numbers=numbers)


def _all(element: Element, path: str) -> list[Any]:
    """Return the elements or the texts at a path."""
    return list(_compiled(path)(element))


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces=NAMESPACES)


def _words(element: Element, path: str) -> str:
    """Return the text at a path, with its line breaks."""
    parts = []
    for text in _all(element, path):
        parts.append(text.text or "")
        for child in text:
            parts += ["\n" if child.tag == _LINE_BREAK else "", child.tail or ""]
    return "".join(parts)

"""No personal data in any text: phone numbers, mail addresses, resident numbers and the like (`core.privacy`).

Texts are masked before they are stored; this finds what came in by another way. A ministry's published answer may give
its office's number, which is then no finding wherever the answer is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from forum.core.i18n import _
from forum.core.privacy import contains_resident_number, mask
from forum.publication.digests.checks.reading import csv_rows, json_strings
from forum.publication.digests.content import DigestContent
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
    Words,
)

MAX_SHOWN_CHARS = 40
_ADDRESSES = ("http://", "https://")
_HIDDEN = re.compile("x(?:[x-]*x)?")


def privacy_problems(files: Mapping[str, bytes], document: Document, content: DigestContent) -> Iterator[str]:
    yield from personal_data_problems(files, document, _of_offices(content))


def personal_data_problems(
    files: Mapping[str, bytes], document: Document, offices: Set[str] = frozenset()
) -> Iterator[str]:
    """Yield the personal data that is found; `offices` are numbers that ministries have published themselves."""
    seen: set[int] = set()  # hashes: files hold the same texts, and those of a large campaign take much memory
    for text in _every_text(files, document):
        if hash(text) in seen or text.startswith(_ADDRESSES):
            continue
        seen.add(hash(text))
        if contains_resident_number(text):
            yield _("보고서에 주민등록번호(외국인등록번호)로 보이는 숫자가 있어요.")
        if not _personal(text) <= offices:
            masked = mask(text)
            yield _(
                "보고서에 개인정보로 보이는 곳(%(kinds)s)이 있어요: “%(text)s”",
                kinds=", ".join(sorted(masked.kinds)),
                text=masked.text[max(masked.text.find("*") - MAX_SHOWN_CHARS // 2, 0) :][:MAX_SHOWN_CHARS],
            )


def _every_text(files: Mapping[str, bytes], document: Document) -> Iterator[str]:
    yield from _texts(document)
    if "json" in files:
        yield from json_strings(files)
    if "csv" in files:
        yield from (cell.removeprefix("'") for row in csv_rows(files) for cell in row)


def _of_offices(content: DigestContent) -> set[str]:
    letters = [letter for theme in content.themes for letter in theme.referrals]
    told = [letter.reason for letter in letters] + [step.title for letter in letters for step in letter.milestones]
    for one in content.everyday.pilots if content.everyday else ():
        told += [one.title, one.place, one.measure, one.said, one.before, one.after]
    return {found for text in told for found in _personal(text)}


def _personal(text: str) -> set[str]:
    """Return the stretches of a text that `mask` hides."""
    seen = mask(text).text
    if seen == text:
        return set()
    # x: hidden; -: a sign that may stand within what is hidden
    signs = ("x" if a != b else " " if a.isalnum() or a == "*" else "-" for a, b in zip(text, seen, strict=True))
    return {text[found.start() : found.end()] for found in _HIDDEN.finditer("".join(signs))}


def _texts(document: Document) -> Iterator[str]:
    yield from (document.title, document.subtitle)
    yield from (value for _label, value in document.facts)
    for block in document.blocks:
        match block:
            case Heading(words=words):
                yield words
            case Paragraph(words) | Notice(words):
                yield _joined(words)
            case Bullets(items):
                yield from map(_joined, items)
            case Quote(words, source):
                yield from (words, source)
            case Grid(table):
                yield from _cells(table)
            case Figure(chart):
                yield from (chart.title, chart.finding)
                yield from _cells(chart.table)


def _joined(words: Words) -> str:
    """Return a paragraph as it is read: a number may be broken over its parts. References are no part of it."""
    return "".join(part.words if hasattr(part, "words") else " " for part in words)


def _cells(table: Table) -> Iterator[str]:
    yield from (table.title, table.note)
    for key in table.frame.columns:
        yield from (value for value in table.frame[key] if isinstance(value, str))

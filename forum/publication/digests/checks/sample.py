"""A sample's files say so on every page, sheet and line; those of a real forum never do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from forum.core.i18n import _, _l
from forum.publication.digests.checks.reading import (
    SECTIONS,
    archive_parts,
    archive_pieces,
    csv_rows,
    html_tree,
    json_lines,
    pdf_texts,
)

WORD = _l("예시")
_SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")
_MARGIN = re.compile(r"<hp:(header|footer)\b.*?</hp:\1>", re.DOTALL)
_JSON_MARK = re.compile(rb'"is_sample": ?true')  # within a text the quotes would be escaped
_TAG = re.compile(r"<[^>]*>")

Marks = list[bool]
"""Which of the pages, sheets or lines of a file carry the mark."""


def sample_problems(files: Mapping[str, bytes], is_sample: bool) -> Iterator[str]:
    for name in files:
        marks = _READERS[name](files) if name in _READERS else []
        if is_sample and marks and not all(marks):
            yield _(
                "%(name)s 파일의 %(n)s곳에 ‘예시’ 표시가 없어요. 지어낸 것이 진짜로 읽혀요.",
                name=name.upper(),
                n=marks.count(False),
            )
        if not is_sample and marks and all(marks):
            yield _("%(name)s 파일에 ‘예시’ 표시가 있는데, 이 포럼은 연습용이 아니에요.", name=name.upper())


def _pdf(files: Mapping[str, bytes]) -> Marks:
    """Return for each page whether its footer has the mark: behind the date, unlike the words of anybody's text."""
    mark = " · " + _("연습용 예시")
    return [mark in text for text in pdf_texts(files["pdf"])]


def _xlsx(files: Mapping[str, bytes]) -> Marks:
    """Return for each sheet whether its printed header or footer has the mark: &C or &R, since titles stand left."""
    mark = re.compile(f"<odd(?:Header|Footer)>[^<]*&amp;[CR](?:&amp;B)?{WORD}".encode())
    return [any(map(mark.search, pieces)) for _name, pieces in archive_pieces("xlsx", files["xlsx"], _SHEET)]


def _hwpx(files: Mapping[str, bytes]) -> Marks:
    """Return for each section whether the header or footer of its pages has the mark."""
    sections = [part.decode() for _name, part in archive_parts("hwpx", files["hwpx"], SECTIONS)]
    texts = [" ".join(_TAG.sub("", found.group()) for found in _MARGIN.finditer(section)) for section in sections]
    return [f"[{WORD}]" in text for text in texts]


def _html(files: Mapping[str, bytes]) -> Marks:
    notes = html_tree(files["html"]).xpath("//*[contains(concat(' ', normalize-space(@class), ' '), ' sample ')]")
    return [any(str(WORD) in note.text_content() for note in notes)]


def _csv(files: Mapping[str, bytes]) -> Marks:
    """Return for each line whether the column of the mark is filled."""
    rows = csv_rows(files)
    place = next((place for place, label in enumerate(next(rows, [])) if str(WORD) in label), None)
    return [place is not None and bool(row[place]) for row in rows] or [place is not None]


def _json(files: Mapping[str, bytes]) -> Marks:
    return [any(map(_JSON_MARK.search, json_lines(files)))]


_READERS: dict[str, Callable[[Mapping[str, bytes]], Marks]] = {
    "pdf": _pdf,
    "xlsx": _xlsx,
    "hwpx": _hwpx,
    "html": _html,
    "csv": _csv,
    "json": _json,
}

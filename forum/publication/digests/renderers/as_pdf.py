"""The document as a tagged PDF (PDF/UA-1), typeset by templates/digests/report.typ."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

from forum.core.clock import SEOUL
from forum.core.i18n import _
from forum.core.korean import day
from forum.core.pdf import text_em, typeset_apart
from forum.publication.digests import cells
from forum.publication.digests import document as doc

TEMPLATE = Path(__file__).parents[1] / "templates" / "digests" / "report.typ"
MAX_RUNNING_CHARS = 50
TEXTS = {doc.ColumnKind.TEXT, doc.ColumnKind.URL}
TABLE_POINTS, MIN_POINTS = 9.0, 6.5
LINE_EM = 53.5  # between the margins, at TABLE_POINTS; widths of columns are in em of it too
INSET_EM = 1.3
MAX_SHORT_LINES = 16  # a table of so many stays on one page
MIN_COLUMN_EM, MIN_TEXT_EM, MAX_LABEL_EM = 2.0, 6.0, 5.0
BOLD = 1.05  # how much wider labels are


def render_pdf(document: doc.Document) -> bytes:
    """Return the PDF. The same document gives the same bytes."""
    dated = document.dated.astimezone(SEOUL)
    names = ("year", "month", "day", "hour", "minute", "second")
    return typeset_apart(
        TEMPLATE,
        {
            "title": document.title,
            "subtitle": document.subtitle,
            "running": _shortened(" · ".join(filter(None, (document.title, document.subtitle)))),
            "is_sample": document.is_sample,
            "dated": {name: getattr(dated, name) for name in names},
            "facts": document.facts,
            # one that starts new pages is long; a brief of two pages is not
            "has_contents": any(isinstance(block, doc.PageBreak) for block in document.blocks),
            "blocks": [_block(block) for block in document.blocks],
            "words": {
                "author": _("탄소중립 국민포럼"),
                "contents": _("차례"),
                "dated": day(dated),
                "nothing": _("해당하는 것이 없어요."),
                "sample": _("연습용 예시"),
                "sample_note": _("연습용 예시예요. 사람도 답변도 지어낸 것이에요."),
            },
        },
    )


def _block(block: doc.Block) -> dict[str, Any]:
    match block:
        case doc.Heading(level, words):
            return {"kind": "heading", "level": level, "words": words}
        case doc.Paragraph(words):
            return {"kind": "paragraph", "words": _words(words)}
        case doc.Bullets(items):
            return {"kind": "bullets", "items": [_words(item) for item in items]}
        case doc.Quote(words, source, idea):
            return {"kind": "quote", "words": words, "source": source, "idea": _part(idea)}
        case doc.Notice(words):
            return {"kind": "notice", "words": _words(words)}
        case doc.Grid(table):
            return {"kind": "grid"} | _table(table)
        case doc.Figure(chart):
            return {"kind": "figure"} | _picture(chart)
        case doc.PageBreak():
            return {"kind": "break"}


def _words(words: doc.Words) -> list[dict[str, Any]]:
    return [_part(part) for part in words]


def _part(part: doc.Inline) -> dict[str, Any]:
    match part:
        case doc.Text(words, is_strong):
            return {"words": words, "strong": is_strong}
        case doc.Link(words, url):
            return {"words": words, "url": url}
        case doc.IdeaLink(idea_id, url):
            return {"words": f"#{idea_id}", "url": url}


def _picture(chart: doc.Chart) -> dict[str, Any]:
    return {
        "title": chart.title,
        "finding": chart.finding,
        "svg": chart.svg.decode(),
        "width": chart.width_mm,
        "table": _table(chart.table),
    }


def _table(table: doc.Table) -> dict[str, Any]:
    columns = [[cells.words(value, column) for value in table.frame[column.key]] for column in table.columns]
    rows = [
        [_cell(words, column) for words, column in zip(row, table.columns, strict=True)]
        for row in zip(*columns, strict=True)
    ]
    widths = _widths(table.columns, columns)
    line = max(sum(widths), LINE_EM)
    return {
        "title": table.title,
        "note": table.note,
        "shapes": [
            {
                "label": column.label,
                "is_number": column.is_number,
                "percent": 100 * width / line,
                "longest": int((width - INSET_EM) / BOLD),  # letters of a word that surely fits
            }
            for column, width in zip(table.columns, widths, strict=True)
        ],
        "rows": rows,
        "is_short": _lines(rows, widths) <= MAX_SHORT_LINES,
        "points": max(TABLE_POINTS * LINE_EM / line, MIN_POINTS),
    }


def _cell(words: str, column: doc.Column) -> dict[str, Any]:
    is_url = column.kind is doc.ColumnKind.URL
    return {"words": words, "is_number": column.is_number} | ({"url": words} if is_url else {})


def _widths(columns: Sequence[doc.Column], texts: Sequence[Sequence[str]]) -> list[float]:
    """Return the columns' widths in em: numbers and dates as wide as they are, texts share what is left.

    A text that needs less than its share leaves the rest to longer ones. Together they are as wide as the page, but
    narrower where the first cells would stand far from their numbers, and wider where numbers alone fill it.
    """
    needs = [_need(column, cells) for column, cells in zip(columns, texts, strict=True)]
    widths = list(needs)
    shares = [place for place, column in enumerate(columns) if column.kind in TEXTS]
    left = LINE_EM - sum(need for place, need in enumerate(needs) if place not in shares)
    for n, place in enumerate(sorted(shares, key=lambda place: needs[place])):
        widths[place] = max(min(needs[place], left / (len(shares) - n)), MIN_TEXT_EM)
        left -= widths[place]
    if left > 0:
        widest = max(shares or range(len(widths)), key=lambda place: needs[place])
        widths[widest] += min(left, needs[widest])
    return widths


def _need(column: doc.Column, cells: Sequence[str]) -> float:
    label = text_em(column.label)
    if label > MAX_LABEL_EM and column.kind not in TEXTS:  # over two lines or more
        label = max(label * 0.7, *map(text_em, column.label.split()))
    return max(BOLD * label, *(text_em(text) for text in cells), MIN_COLUMN_EM) + INSET_EM


def _lines(rows: Sequence[Sequence[dict[str, Any]]], widths: Sequence[float]) -> int:
    """Return about how many lines a table takes."""
    return sum(
        max(ceil(text_em(cell["words"]) / (width - INSET_EM)) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_RUNNING_CHARS else text[: MAX_RUNNING_CHARS - 1] + "…"

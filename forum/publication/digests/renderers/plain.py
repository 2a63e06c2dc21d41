"""A document as plain data, ready for templates: the HTML file is drawn from it, and so is the digest's page.

It is JSON, so a job can store it and a web process can draw it without pandas. Cells are words already. Pictures are
named by key; whoever draws says where they are.
"""

from __future__ import annotations

from typing import Any

from forum.publication.digests.cells import words as cell_words
from forum.publication.digests.document import (
    Block,
    Bullets,
    ColumnKind,
    Document,
    Figure,
    Grid,
    Heading,
    IdeaLink,
    Inline,
    Link,
    Notice,
    PageBreak,
    Paragraph,
    Quote,
    Table,
    Words,
)

DEEPEST_IN_CONTENTS = 2
PIXELS_PER_MM = 96 / 25.4
Plain = dict[str, Any]


def plain(document: Document) -> Plain:
    """Return the document as JSON data: title, subtitle, is_sample, facts and blocks, each with its `kind`.

    The table of contents is one of the blocks. It stands behind the first chapter, which a reader in a hurry came for.
    """
    blocks = [_block(block, number) for number, block in enumerate(document.blocks)]
    chapters = [place for place, one in enumerate(blocks) if one["kind"] == "heading" and one["level"] == 1]
    if len(chapters) > 1:
        listed = [one for one in blocks if one["kind"] == "heading" and one["level"] <= DEEPEST_IN_CONTENTS]
        blocks.insert(chapters[1], {"kind": "contents", "headings": listed})
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "is_sample": document.is_sample,
        "facts": [list(pair) for pair in document.facts],
        "blocks": blocks,
    }


def _block(block: Block, number: int) -> Plain:
    match block:
        case Heading(level, words, key):
            return {"kind": "heading", "level": level, "words": words, "anchor": key or f"part-{number}"}
        case Paragraph(words):
            return {"kind": "paragraph", "words": _words(words)}
        case Notice(words):
            return {"kind": "notice", "words": _words(words)}
        case Bullets(items):
            return {"kind": "bullets", "items": [_words(item) for item in items]}
        case Quote(words, source, idea):
            return {"kind": "quote", "words": words, "source": source, "idea": _inline(idea)}
        case Grid(table):
            return {"kind": "table", "table": _table(table)}
        case Figure(chart):
            return {
                "kind": "figure",
                "key": chart.key,
                "title": chart.title,
                "finding": chart.finding,
                "width_px": round(chart.width_mm * PIXELS_PER_MM),
                "height_px": round(chart.height_mm * PIXELS_PER_MM),
                "table": _table(chart.table),
            }
        case PageBreak():
            return {"kind": "break"}


def _words(words: Words) -> list[Plain]:
    return [_inline(part) for part in words]


def _inline(part: Inline) -> Plain:
    match part:
        case IdeaLink(idea_id, url):
            return {"kind": "idea", "words": f"#{idea_id}", "url": url}
        case Link(words, url):
            return {"kind": "link", "words": words, "url": url}
    return {"kind": "strong" if part.is_strong else "text", "words": part.words}


def _table(table: Table) -> Plain:
    width = sum(column.width for column in table.columns)
    columns = [
        {
            "label": column.label,
            "is_number": column.is_number,
            "is_short": column.kind in {ColumnKind.DATE, ColumnKind.MOMENT},
            "is_url": column.kind is ColumnKind.URL,
            "percent": round(100 * column.width / width),
        }
        for column in table.columns
    ]
    rows = [
        [cell_words(cell, column) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.frame.itertuples(index=False, name=None)
    ]
    return {"title": table.title, "note": table.note, "columns": columns, "rows": rows}

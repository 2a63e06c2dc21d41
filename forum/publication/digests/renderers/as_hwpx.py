"""A digest as a 한글 document. python-hwpx makes the package and its styles; `hwpx_xml` writes what stands in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from forum.core.i18n import _
from forum.publication.digests import cells
from forum.publication.digests.document import (
    Block,
    Bullets,
    Chart,
    Column,
    ColumnKind,
    Document,
    Figure,
    Grid,
    Heading,
    Notice,
    PageBreak,
    Paragraph,
    Quote,
    Table,
    Text,
    Words,
)
from forum.publication.digests.renderers import hwpx_styles, hwpx_xml
from forum.publication.digests.renderers.hwpx_xml import TEXT_WIDTH, UNITS_PER_MM, Body, Cell, Picture

if TYPE_CHECKING:
    from hwpx import HwpxDocument

SECTION, PREVIEW = "Contents/section0.xml", "Preview/PrvText.txt"
PREVIEW_CHARS = 1000
HEADER_CHARS = 60
MIN_CHAPTERS = 4
"""From as many on, a list of them stands below the title."""
MIN_COLUMN_CHARS = 6
MIN_TEXT_SHARE = 0.35
"""Of a table's width, for its columns of text; with less, all columns share the width in proportion."""
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def render_hwpx(document: Document) -> bytes:
    """Render a document for 한글 on A4 pages, with an outline, and with pictures that carry their descriptions."""
    from hwpx import HwpxDocument

    package = HwpxDocument.new()
    package.page.setup(paper_size="A4", margins_mm=hwpx_styles.MARGINS_MM)
    looks = hwpx_styles.set_styles(package)
    charts = [block.chart for block in document.blocks if isinstance(block, Figure)]
    items = [str(package.media.add_image(chart.png, "png")) for chart in charts]
    _set_properties(package, document)
    return _packed(package.to_bytes(), _Writer(document, looks, items))


def _set_properties(package: HwpxDocument, document: Document) -> None:
    """Set title and dates. Names and dates of the empty document that python-hwpx starts from go."""
    dated = document.dated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    package.parts.clear_preview()
    package.parts.clear_document_metadata(timestamp=dated)
    package.parts.set_document_metadata(title=hwpx_xml.clean(document.title), subject=hwpx_xml.clean(document.subtitle))


def _packed(base: bytes, writer: _Writer) -> bytes:
    """Put the body into the package. All parts get one date, so that equal input gives equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base)) as old, zipfile.ZipFile(packed, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == SECTION:
                content = writer.section(content.decode()).encode()
            elif info.filename == PREVIEW:
                content = writer.preview().encode()
            part = zipfile.ZipInfo(info.filename, _ZIP_DATE)
            part.compress_type, part.create_system = info.compress_type, 0
            new.writestr(part, content)
    return packed.getvalue()


class _Writer:
    """Writes the blocks of a document, one after the other."""

    def __init__(self, document: Document, looks: hwpx_styles.Looks, items: Sequence[str]) -> None:
        """:param items: numbers of the charts' pictures, in their order"""
        self.document = document
        self.looks = looks
        self.body = Body()
        self._items = iter(items)
        self._starts_page = False

    def section(self, base: str) -> str:
        """Fill the section of an empty document: its one paragraph, which holds the settings, takes the title."""
        start, end = base.index("<hp:p "), base.index("</hp:ctrl></hp:run>") + len("</hp:ctrl>")
        settings = base[base.index("<hp:run ", start) : end]
        title = f"{settings}{self._header()}{hwpx_xml.PAGE_NUMBERS}</hp:run>{self._text(self.document.title, 'title')}"
        parts = [base[:start], self._paragraph(title, "title"), *self._front(), *self._contents()]
        for at, block in enumerate(self.document.blocks):
            parts += self._block(at, block)
        return "".join((*parts, "</hs:sec>"))

    def preview(self) -> str:
        """Return the beginning of the text, which file managers show."""
        lines = [
            self.document.title,
            self.document.subtitle,
            *(f"{name}: {value}" for name, value in self.document.facts),
            *(line for block in self.document.blocks for line in _lines(block)),
        ]
        return hwpx_xml.clean("\n".join(lines))[:PREVIEW_CHARS].replace("\n", "\r\n")

    def _header(self) -> str:
        """Return what stands above each page."""
        title = self.document.title
        if len(title) > HEADER_CHARS:
            title = title[: HEADER_CHARS - 1] + "…"
        words = _("[예시] %(title)s", title=title) if self.document.is_sample else title
        return self.body.header(self._paragraph(self._text(words, "header"), "header"))

    def _front(self) -> Iterator[str]:
        """Yield what stands below the title."""
        if self.document.subtitle:
            yield self._line(self.document.subtitle, "subtitle")
        if self.document.is_sample:
            yield self._line(_("연습용 예시예요. 사람도 답변도 지어낸 것이에요."), "sample")
        if self.document.facts:
            label, cell = self.looks["label"], self.looks["cell"]
            rows = [
                [Cell(name, label, self.looks.head_cell, is_header=True), Cell(value, cell, self.looks.plain_cell)]
                for name, value in self.document.facts
            ]
            yield self._placed(self._table(rows, hwpx_xml.shares([3, 10]), repeats=False))

    def _contents(self) -> Iterator[str]:
        """Yield links to the chapters, in one paragraph: the summary shall begin on the same page."""
        blocks = enumerate(self.document.blocks)
        chapters = [(at, block) for at, block in blocks if isinstance(block, Heading) and block.level == 1]
        if len(chapters) >= MIN_CHAPTERS:
            look = self.looks["contents"]
            links = [self.body.link(heading.words, f"#{_anchor(at)}", look) for at, heading in chapters]
            yield self._paragraph(self._text(" · ", "contents").join(links), "contents")

    def _block(self, at: int, block: Block) -> Iterator[str]:
        match block:
            case Heading(level, words):
                style = f"heading{level}"
                anchor = hwpx_xml.bookmark(_anchor(at), self.looks[style])
                yield self._paragraph(anchor + self._text(words, style), style)
            case Paragraph(words):
                yield self._words(words, "text")
            case Notice(words):
                yield self._words(words, "notice")
            case Bullets(items):
                yield from (self._words(words, "bullet") for words in items)
            case Quote(words, source, idea):
                yield self._line(words, "quote")
                yield self._words((Text(f"{source} "), idea), "source")
            case Grid(table):
                yield from self._grid(table)
            case Figure(chart):
                yield from self._figure(chart)
            case PageBreak():
                self._starts_page = True

    def _figure(self, chart: Chart) -> Iterator[str]:
        yield self._line(chart.finding, "finding")
        width, height = _size(chart)
        picture = Picture(next(self._items), width, height, _pixels(chart.png), chart.finding)
        drawn = self.body.picture(picture, self.looks["picture"], caption=self._caption(chart.title))
        yield self._paragraph(drawn, "picture")
        yield from self._grid(chart.table)

    def _grid(self, table: Table) -> Iterator[str]:
        head = [Cell(one.label, self.looks["head"], self.looks.head_cell, is_header=True) for one in table.columns]
        rows = [
            [self._cell(value, column) for value, column in zip(row, table.columns, strict=True)]
            for row in table.frame.itertuples(index=False, name=None)
        ]
        widths = _widths(table.columns, [head, *rows])
        yield self._placed(self._table([head, *rows], widths, repeats=True, caption=self._caption(table.title)))
        if table.note:
            yield self._line(table.note, "note")

    def _cell(self, value: object, column: Column) -> Cell:
        words = cells.words(value, column)
        style = "number" if column.is_number else "cell" if _is_text(column) else "middle"
        url = words if column.kind is ColumnKind.URL else ""
        return Cell(words, self.looks[style], self.looks.plain_cell, url=url)

    def _table(self, rows: Sequence[Sequence[Cell]], widths: Sequence[int], *, repeats: bool, caption: str = "") -> str:
        return self.body.table(rows, widths, fill=self.looks.plain_cell, repeats=repeats, caption=caption)

    def _placed(self, table: str) -> str:
        """Return a paragraph that holds nothing but a table."""
        return self._paragraph(table, "place")

    def _caption(self, words: str) -> str:
        return self.body.paragraph(self._text(words, "caption"), self.looks["caption"])

    def _line(self, words: str, style: str) -> str:
        return self._paragraph(self._text(words, style), style)

    def _words(self, words: Words, style: str) -> str:
        return self._paragraph(self.body.words(words, self.looks[style]), style)

    def _text(self, words: str, style: str) -> str:
        return self.body.words((Text(words),), self.looks[style])

    def _paragraph(self, runs: str, style: str) -> str:
        starts_page, self._starts_page = self._starts_page, False
        return self.body.paragraph(runs, self.looks[style], starts_page=starts_page)


def _anchor(at: int) -> str:
    return f"heading-{at}"


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(words=words):
            yield words
        case Paragraph(words) | Notice(words):
            yield "".join(map(hwpx_xml.plain, words))


def _size(chart: Chart) -> tuple[int, int]:
    """Return width and height in HWP units, no wider than the page's text."""
    width = min(round(chart.width_mm * UNITS_PER_MM), TEXT_WIDTH)
    return width, round(width * chart.height_mm / chart.width_mm)


def _pixels(png: bytes) -> tuple[int, int]:
    """Read width and height from the beginning of a PNG file."""
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def _is_text(column: Column) -> bool:
    return column.kind in {ColumnKind.TEXT, ColumnKind.URL}


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Give numbers and dates the width that they need in one line, and texts the rest, in proportion."""
    needed = [
        0 if _is_text(column) else max(hwpx_xml.natural_width(row[at].words) for row in rows)
        for at, column in enumerate(columns)
    ]
    weights = [max(column.width, MIN_COLUMN_CHARS) for column in columns]
    texts = [weight for weight, column in zip(weights, columns, strict=True) if _is_text(column)]
    rest = TEXT_WIDTH - sum(needed)
    if not texts or rest < TEXT_WIDTH * MIN_TEXT_SHARE:
        return hwpx_xml.shares(weights)
    shared = iter(hwpx_xml.shares(texts, rest))
    return [width or next(shared) for width in needed]

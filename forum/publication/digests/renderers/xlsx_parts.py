"""What the sheets of a workbook have in common: formats, print set-up, rows of typed cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from forum.core.clock import SEOUL
from forum.core.i18n import _
from forum.publication.digests.cells import is_missing
from forum.publication.digests.columns import sample_note
from forum.publication.digests.document import Column, ColumnKind, Table

FONT = MappingProxyType({"font_name": "Malgun Gothic", "font_size": 10})  # 맑은 고딕, which every Korean Excel has
MAX_CELL_CHARS = 32_767  # Excel's limit in UTF-16; longer texts end with a mark here and are complete in CSV and JSON
MAX_LINKS = 65_530  # Excel's limit of a sheet
MAX_URL_CHARS = 2_079
A4_LANDSCAPE = 9
ONE_PAGE, PAGE_WIDTH = 190, 170  # characters that stay readable on one page, and on each of several
LINE_HEIGHT, ROOM = 15.0, 3.0  # points
HEIGHTS: dict[object, float] = {"title": 28.0, "heading": 20.0}
HEADER_TITLE_CHARS = 80  # of at most 255 in a page's header
DARK, PALE = "#1E3A6E", "#E8EEF7"


def formats_of(book: Workbook) -> dict[object, Format]:
    """Return the formats by kind of cell, and those of headings by name."""
    cell = FONT | {"valign": "top"}
    number = cell | {"align": "right", "indent": 1}  # else it touches a text to its right
    kinds: dict[object, dict[str, Any]] = {
        ColumnKind.TEXT: cell | {"text_wrap": True},
        ColumnKind.INTEGER: number | {"num_format": "#,##0"},
        ColumnKind.SHARE: number | {"num_format": "0%"},
        ColumnKind.SCORE: number | {"num_format": "0.0"},
        ColumnKind.DATE: number | {"num_format": 'yyyy". "m". "d"."'},
        ColumnKind.MOMENT: number | {"num_format": 'yyyy". "m". "d". "hh:mm'},
        ColumnKind.YES: cell | {"align": "center"},
        ColumnKind.URL: cell | {"font_color": "#0B50D0", "underline": 1},
        "plain": cell,
        "head": FONT | {"bold": True, "text_wrap": True, "valign": "top", "bg_color": PALE, "bottom": 1, "right": 4},
        "title": FONT | {"bold": True, "font_size": 16, "font_color": DARK},
        "heading": FONT | {"bold": True, "font_size": 12, "font_color": DARK},
        "strong": cell | {"bold": True, "text_wrap": True},
        "sample": FONT | {"bold": True, "bg_color": "#FFF1C2", "bottom": 1},
    }
    return {kind: book.add_format(properties) for kind, properties in kinds.items()}


@dataclass
class Book:
    """A workbook that is being written. :param title: stands above every printed page"""

    file: Workbook
    formats: dict[object, Format]
    title: str
    is_sample: bool

    def add_sheet(self, name: str, widths: Sequence[int], *, kept: int = 0) -> Sheet:
        """Add a sheet with its print set-up, and the row that says 예시 where all is invented.

        :param kept: columns that stay in sight and are printed on each page
        """
        page = self.file.add_worksheet(name)
        for place, width in enumerate(widths):
            page.set_column(place, place, width)
        page.set_landscape()
        page.set_paper(A4_LANDSCAPE)
        page.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        n_pages = n_pages_wide(widths, kept)
        page.fit_to_pages(n_pages, 0)
        if kept and n_pages > 1:
            page.repeat_columns(0, kept - 1)
        sample = _("예시") if self.is_sample else ""
        title = _plain(self.title[:HEADER_TITLE_CHARS])
        page.set_header(f"&L{title}" + (f"&C&B{sample}" if sample else "") + f"&R{_plain(name)}")
        page.set_footer("&C&P / &N" + (f"&R&B{sample}" if sample else ""))
        sheet = Sheet(page, self, tuple(widths), kept)
        if self.is_sample:
            page.write_string(0, 0, sample_note(), self.formats["sample"])
            for place in range(1, len(widths)):
                page.write_blank(0, place, None, self.formats["sample"])
            sheet.next_row = 1
        return sheet


@dataclass
class Sheet:
    """A sheet that is written from top to bottom. :param next_row: the first row that is still free"""

    MOST_LINES: ClassVar[int] = 12
    MANY_COLUMNS: ClassVar[int] = 6

    page: Worksheet
    book: Book
    widths: tuple[int, ...]
    kept: int
    next_row: int = 0
    header_row: int = 0

    def header(self, columns: Sequence[Column]) -> None:
        """Write the names of the columns; they stay in sight and are printed on every page."""
        row = self.header_row = self.next_row
        lines = max(n_lines(column.label, column.width - 1) for column in columns)  # the filter's button takes one
        self.page.set_row(row, lines * LINE_HEIGHT + ROOM)
        for place, column in enumerate(columns):
            self.page.write_string(row, place, column.label, self.book.formats["head"])
        self.page.freeze_panes(row + 1, self.kept)
        self.page.repeat_rows(row)
        self.next_row = row + 1

    def rows(self, table: Table, *, most_lines: int) -> int:
        """Write the cells of a table below the header and return the last row."""
        writers = [self._writer(column, may_link(table)) for column in table.columns]
        wrapped = [place for place, column in enumerate(table.columns) if column.kind is ColumnKind.TEXT]
        row = self.header_row
        for row, values in enumerate(table.frame.itertuples(index=False, name=None), start=self.next_row):
            lines = max((n_lines(values[place], self.widths[place], most_lines) for place in wrapped), default=1)
            self.page.set_row(row, lines * LINE_HEIGHT + ROOM)
            for place, (write, value) in enumerate(zip(writers, values, strict=True)):
                if not is_missing(value) and value != "":
                    write(row, place, value)
        self.next_row = row + 1
        return row

    def line(self, *cells: str, style: object = ColumnKind.TEXT, most_lines: int = MOST_LINES) -> int:
        """Write a row of texts and return its number."""
        row = self.next_row
        if style in {ColumnKind.TEXT, "head"}:
            lines = max(n_lines(cell, self.widths[place], most_lines) for place, cell in enumerate(cells))
            self.page.set_row(row, lines * LINE_HEIGHT + ROOM)
        elif style in HEIGHTS:
            self.page.set_row(row, HEIGHTS[style])
        for place, cell in enumerate(cells):
            self.page.write_string(row, place, fitting(cell), self.book.formats[style])
        self.next_row = row + 1
        return row

    def merged(self, words: str, first: int = 0) -> None:
        """Write a row with one text that goes over all columns from `first` on."""
        row, last = self.next_row, len(self.widths) - 1
        self.page.set_row(row, n_lines(words, sum(self.widths[first:])) * LINE_HEIGHT + ROOM)
        self.page.merge_range(row, first, row, last, fitting(words), self.book.formats[ColumnKind.TEXT])
        self.next_row = row + 1

    def _writer(self, column: Column, has_links: bool) -> Callable[[int, int, Any], object]:
        style, page = self.book.formats[column.kind], self.page
        match column.kind:
            case ColumnKind.INTEGER:
                return lambda row, place, value: page.write_number(row, place, int(value), style)
            case ColumnKind.SHARE | ColumnKind.SCORE:
                return lambda row, place, value: page.write_number(row, place, float(value), style)
            case ColumnKind.DATE | ColumnKind.MOMENT:
                return lambda row, place, value: page.write_datetime(row, place, _local(value), style)
            case ColumnKind.YES:
                return lambda row, place, value: page.write_string(row, place, _("예"), style) if value else None
            case ColumnKind.URL if has_links:
                plain = self.book.formats["plain"]
                return lambda row, place, value: write_address(page, row, place, value, style, plain)
        return lambda row, place, value: page.write_string(row, place, fitting(value), style)


def n_pages_wide(widths: Sequence[int], kept: int) -> int:
    """Return on how many pages side by side a table stays readable; each repeats the columns that are kept."""
    total, again = sum(widths), sum(widths[:kept])
    return 1 if total <= ONE_PAGE else -(-(total - again) // (PAGE_WIDTH - again))


def may_link(table: Table) -> bool:
    """Return whether Excel takes all addresses of a table as links; a sheet with more has them as plain text."""
    return len(table.frame) * sum(column.kind is ColumnKind.URL for column in table.columns) <= MAX_LINKS


def write_address(page: Worksheet, row: int, place: int, url: str, style: Format, plain: Format) -> None:
    """Write an address as a link, if it is one of the web that Excel takes."""
    if url.startswith(("https://", "http://")) and len(url) <= MAX_URL_CHARS:
        page.write_url(row, place, url, style, url)
    else:
        page.write_string(row, place, fitting(url), plain)


def fitting(text: str) -> str:
    """Return a text as far as a cell holds it, with a mark where it was cut."""
    if len(text) <= MAX_CELL_CHARS // 2:
        return text
    in_utf16 = text.encode("utf-16-le")
    if len(in_utf16) <= 2 * MAX_CELL_CHARS:
        return text
    return in_utf16[: 2 * (MAX_CELL_CHARS - 1)].decode("utf-16-le", "ignore") + "…"


def n_lines(text: str, width: int, most: int = 40) -> int:
    """Return how many lines a wrapped text takes; a Hangul syllable is two characters wide."""
    lines = text[: most * width].split("\n")
    return min(sum(-(-len(line.encode("cp949", "replace")) // max(width - 1, 1)) or 1 for line in lines), most)


def _local(value: datetime) -> datetime:
    """Return a time as the clock in Seoul shows it: Excel knows no time zones."""
    return value.astimezone(SEOUL).replace(tzinfo=None) if value.tzinfo else value


def _plain(text: str) -> str:
    """Return a text for a page's header, in which & begins a code."""
    return text.replace("&", "&&")

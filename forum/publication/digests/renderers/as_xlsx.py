"""The workbook: a sheet that says how to read it, the pictures, and a sheet per table. No cell is ever a formula."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import BinaryIO

import xlsxwriter

from forum.core.i18n import _
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Chart, Table
from forum.publication.digests.renderers.xlsx_guide import write_guide
from forum.publication.digests.renderers.xlsx_parts import FONT, Book, Sheet, formats_of
from forum.publication.digests.renderers.xlsx_pictures import write_pictures

OPTIONS = {
    "constant_memory": True,  # rows go to disk as they are written: 20,000 ideas stay small
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}
SHORT_LINES = {"ideas": 4}
"""Most lines that a row shows, of tables with many long texts; the cell holds all of the text."""
FIRST_TABLE = "overview"


def render_xlsx(
    content: DigestContent, tables: Mapping[str, Table], charts: Mapping[str, Chart], file: BinaryIO
) -> None:
    """Write the workbook; tables without rows get no sheet, and the first sheet names them."""
    with xlsxwriter.Workbook(file, OPTIONS | {"default_format_properties": dict(FONT)}) as book_file:
        title = _("%(campaign)s 정책 보고서", campaign=content.campaign)
        created = content.data_cut_at.astimezone(UTC)
        sample = {"comments": _("연습용 예시")} if content.is_sample else {}
        book_file.set_properties({"title": title, "created": created} | sample)
        book = Book(book_file, formats_of(book_file), title, content.is_sample)
        filled = [table for table in tables.values() if len(table.frame)]
        write_guide(book, content, filled, [table for table in tables.values() if not len(table.frame)])
        for table in filled:
            _table_sheet(book, table)
            if table.key == FIRST_TABLE:
                write_pictures(book, tables, charts)


def _table_sheet(book: Book, table: Table) -> None:
    sheet = book.add_sheet(table.title, [column.width for column in table.columns], kept=_kept_columns(table))
    sheet.header(table.columns)
    last = sheet.rows(table, most_lines=SHORT_LINES.get(table.key, sheet.MOST_LINES))
    sheet.page.autofilter(sheet.header_row, 0, last, len(table.columns) - 1)


def _kept_columns(table: Table) -> int:
    """Return how many columns stay in sight and are printed on each page: the number and the name of a row."""
    names = ("title", "theme", "name")
    return 2 if len(table.columns) > Sheet.MANY_COLUMNS and table.columns[1].key in names else 1

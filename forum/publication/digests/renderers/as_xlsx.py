from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from forum.core.i18n import _
from forum.core.korean import moment
from forum.publication.digests.content import COUNT_NAMES, DigestContent
from forum.publication.digests.renderers.tables import (
    CLUSTER_COLUMNS,
    IDEA_COLUMNS,
    PARTICIPANT_COLUMNS,
    THEME_COLUMNS,
    Row,
    cluster_rows,
    idea_rows,
    participant_rows,
    theme_rows,
)

MAX_CELL_CHARS = 32_767  # Excel's limit; longer texts end with a mark here and are complete in CSV and JSON
WIDE = {"요약": 60, "제안 내용": 80, "까닭": 60, "제안 제목": 40, "주제": 32, "묶음": 32, "주소": 34, "핵심어": 36}
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}


def render_xlsx(content: DigestContent) -> bytes:
    """Render a workbook: overview, themes, ideas, clusters, sectors and regions, participants, method."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        book.set_properties({"title": f"{content.campaign} 정책 보고서", "created": content.data_cut_at})
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "text_wrap": True}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "number": book.add_format({"num_format": "#,##0", "valign": "top"}),
        }
        _table(book.add_worksheet("개요"), ("항목", "값"), _overview(content), formats)
        _table(book.add_worksheet("주제"), THEME_COLUMNS, theme_rows(content), formats)
        _table(book.add_worksheet("제안"), IDEA_COLUMNS, idea_rows(content), formats)
        _table(book.add_worksheet("묶음"), CLUSTER_COLUMNS, cluster_rows(content), formats)
        _table(book.add_worksheet("부문과 지역"), ("구분", "이름", "제안"), _cells(content), formats)
        _table(book.add_worksheet(_("참여자")), PARTICIPANT_COLUMNS, participant_rows(content), formats)
        _table(book.add_worksheet("방법"), ("항목", "값"), _method(content), formats)
    return buffer.getvalue()


def _overview(content: DigestContent) -> Iterable[Row]:
    yield "포럼", content.campaign + (" (연습용 예시)" if content.is_sample else "")
    yield "분석 회차", content.run_number
    yield "제안을 읽은 때", moment(content.run_read_at)
    yield "투표와 답변을 센 때", moment(content.data_cut_at)
    for name, value in content.counts.items():
        yield COUNT_NAMES[name], value


def _cells(content: DigestContent) -> Iterable[Row]:
    for kind, cells in (("부문", content.sectors), ("지역", content.regions)):
        for cell in cells:
            yield kind, cell.name, "5명 미만이라 보이지 않음" if cell.ideas is None else cell.ideas


def _method(content: DigestContent) -> Iterable[Row]:
    for name, value in (*content.parameters.items(), *content.versions.items()):
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield str(name), value if isinstance(value, int) else text


def _table(sheet: Worksheet, columns: Sequence[str], rows: Iterable[Row], formats: dict[str, Format]) -> None:
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(map(str, columns)):
        sheet.set_column(place, place, WIDE.get(name, 34 if len(columns) <= 3 else 13))
        sheet.write_string(0, place, name, formats["head"])
    last = 0
    for last, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            _write(sheet, last, place, value, formats)
    if last:
        sheet.autofilter(0, 0, last, len(columns) - 1)


def _write(sheet: Worksheet, row: int, column: int, value: str | int | None, formats: dict[str, Format]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, int):
        sheet.write_number(row, column, value, formats["number"])
    else:
        fits = value if len(value) <= MAX_CELL_CHARS else value[: MAX_CELL_CHARS - 1] + "…"
        sheet.write_string(row, column, fits, formats["text"])

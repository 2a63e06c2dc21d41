"""The sheet of pictures: native charts, which readers can change, with their numbers; else the report's pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xlsxwriter.chart import Chart as NativeChart
from xlsxwriter.utility import xl_range_formula

from forum.core.i18n import _
from forum.publication.digests.document import Chart, ColumnKind, Table
from forum.publication.digests.renderers.xlsx_parts import FONT, Book, Sheet

WIDTHS = (46, 13, 13, 13, 13, 13)
MAX_BARS, MAX_COLUMNS = 15, 400
PRINT_SCALE = 75  # per cent: a chart and the numbers of all its bars go on one page
MAX_NAME_CHARS = 24
CHART_SIZE = {"width": 760, "height": 380}
PIXELS_OF_A_ROW = 20
PIXELS_OF_AN_INCH, MILLIMETRES_OF_AN_INCH, METRES_OF_AN_INCH = 96, 25.4, 0.0254
BLUE, MIDDLE, LIGHT, LINE = "#256EF4", "#8A949E", "#D6DBE1", "#33363D"
AXIS = {"name": FONT["font_name"], "size": 9}
GRID = {"visible": True, "line": {"color": LIGHT, "width": 0.75}}
SUPPORT_KEYS = {"title", "support", "support_low", "support_high"}
ON_TIME_LOOKS: tuple[dict[str, Any], ...] = (
    {"fill": {"color": BLUE}},
    {"fill": {"color": MIDDLE}},
    {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": LINE, "bg_color": "#FFFFFF"}},
    {"fill": {"color": LIGHT}},
)
EXCEL_DAY_0 = date(1899, 12, 30).toordinal()


@dataclass(frozen=True)
class Numbers:
    """Cells that a native chart shows: the first column names the bars. :param first: of its rows on the sheet"""

    sheet: str
    rows: Sequence[tuple[Any, ...]]
    first: int

    def series(self, place: int, **more: Any) -> dict[str, Any]:
        """Return a series of one column, its numbers beside it: rows on disk cannot be read again."""
        return {
            "categories": self.cells(0),
            "values": self.cells(place),
            "categories_data": [_plain(row[0]) for row in self.rows],
            "values_data": [row[place] for row in self.rows],
        } | more

    def cells(self, place: int) -> list[Any]:
        return [self.sheet, self.first, place, self.first + len(self.rows) - 1, place]


def write_pictures(book: Book, tables: Mapping[str, Table], charts: Mapping[str, Chart]) -> None:
    """Write the sheet, if there is anything to draw."""
    drawn = [_support, _over_time, _on_time]
    pictures = [chart for key, chart in charts.items() if key not in {"support", "over_time", "on_time"}]
    if not pictures and not any(len(tables[key].frame) for key in ("themes", "over_time", "on_time")):
        return
    sheet = book.add_sheet(_("그림"), WIDTHS)
    sheet.page.set_print_scale(PRINT_SCALE)  # where Excel fits pages itself it ignores our breaks
    for draw in drawn:
        draw(sheet, tables, charts)
    for chart in pictures:
        _picture(sheet, chart)


def _support(sheet: Sheet, tables: Mapping[str, Table], charts: Mapping[str, Chart]) -> None:
    """Bars of support per theme with their intervals, the themes with the most ideas. Its own cells: names are cut."""
    table = tables["themes"]
    frame = table.frame.dropna(subset=["support"]).head(MAX_BARS)
    shares = frame[["title", "support", "support_low", "support_high"]].itertuples(index=False, name=None)
    rows = [(_short(name), value, low, high, value - low, high - value) for name, value, low, high in shares]
    if not rows:
        return
    native = _begin(sheet, "bar", _("주제별 찬성 비율"), charts.get("support"))
    labels = [column.label for column in table.columns if column.key in SUPPORT_KEYS]
    sheet.line(*labels, _("낮은 끝까지"), _("높은 끝까지"), style="head")
    numbers = Numbers(sheet.page.get_name(), rows, sheet.next_row)
    for row in rows:
        sheet.page.write_string(sheet.next_row, 0, row[0], sheet.book.formats[ColumnKind.TEXT])
        for place, share in enumerate(row[1:], start=1):
            sheet.page.write_number(sheet.next_row, place, share, sheet.book.formats[ColumnKind.SHARE])
        sheet.next_row += 1
    minus, plus = (xl_range_formula(*numbers.cells(place)) for place in (4, 5))
    intervals = {
        "type": "custom",
        "plus_values": plus,
        "minus_values": minus,
        "plus_data": [row[5] for row in rows],
        "minus_data": [row[4] for row in rows],
        "line": {"color": LINE, "width": 1.25},
    }
    native.add_series(numbers.series(1, name=_("찬성 비율"), fill={"color": BLUE}, gap=60, y_error_bars=intervals))
    native.set_x_axis({"min": 0, "max": 1, "num_format": "0%", "num_font": AXIS, "major_gridlines": GRID})
    native.set_y_axis({"reverse": True, "num_font": AXIS, "crossing": "max"})
    native.set_legend({"none": True})


def _over_time(sheet: Sheet, tables: Mapping[str, Table], charts: Mapping[str, Chart]) -> None:
    numbers = _numbers_of(tables["over_time"], sheet.book)
    if not numbers.rows:
        return
    native = _begin(sheet, "column", _("날짜별 제안"), charts.get("over_time"))
    _where(sheet, numbers)
    native.add_series(numbers.series(2, name=_("제안"), fill={"color": BLUE}, gap=20))
    native.set_x_axis({"text_axis": True, "num_format": 'm". "d"."', "num_font": AXIS})
    native.set_y_axis({"min": 0, "num_format": "#,##0", "num_font": AXIS, "major_gridlines": GRID})
    native.set_legend({"none": True})


def _on_time(sheet: Sheet, tables: Mapping[str, Table], charts: Mapping[str, Chart]) -> None:
    """Letters by ministry, one bar in four parts that differ in grey too."""
    table = tables["on_time"]
    numbers = _numbers_of(table, sheet.book)
    if not numbers.rows:
        return
    native = _begin(sheet, "bar", _("부처별로 기한을 지킨 정도"), charts.get("on_time"), subtype="stacked")
    _where(sheet, numbers)
    for place, (column, look) in enumerate(zip(table.columns[1:], ON_TIME_LOOKS, strict=True), start=1):
        border = {"border": {"color": LINE, "width": 0.75}}
        native.add_series(numbers.series(place, name=column.label, gap=60, **look, **border))
    native.set_x_axis({"min": 0, "num_format": "#,##0", "num_font": AXIS, "major_gridlines": GRID})
    native.set_y_axis({"reverse": True, "num_font": AXIS, "crossing": "max"})
    native.set_legend({"position": "bottom", "font": AXIS})


def _numbers_of(table: Table, book: Book) -> Numbers:
    """Return the cells of a table on its own sheet."""
    rows = list(table.frame.head(MAX_COLUMNS).itertuples(index=False, name=None))
    return Numbers(table.title, rows, first=2 if book.is_sample else 1)


def _begin(sheet: Sheet, kind: str, title: str, chart: Chart | None, subtype: str = "") -> NativeChart:
    """Write heading and finding, and put the chart below them."""
    top = _heading(sheet, title, chart.finding if chart else "")
    native = sheet.book.file.add_chart({"type": kind} | ({"subtype": subtype} if subtype else {}))
    native.set_size(CHART_SIZE)
    native.set_title({"none": True})
    sheet.page.insert_chart(top, 0, native, {"description": chart.finding if chart else title, "object_position": 2})
    sheet.next_row = top + CHART_SIZE["height"] // PIXELS_OF_A_ROW + 1
    return native


def _where(sheet: Sheet, numbers: Numbers) -> None:
    words, style = _("숫자는 ‘%(sheet)s’ 시트에 있어요.", sheet=numbers.sheet), sheet.book.formats[ColumnKind.URL]
    sheet.page.write_url(sheet.next_row, 0, f"internal:'{numbers.sheet}'!A1", style, words)
    sheet.next_row += 1


def _picture(sheet: Sheet, chart: Chart) -> None:
    """Put a picture of the report, for what no native chart shows; its numbers are in the sheets."""
    top = _heading(sheet, chart.title, chart.finding)
    width, height = (mm / MILLIMETRES_OF_AN_INCH * PIXELS_OF_AN_INCH for mm in (chart.width_mm, chart.height_mm))
    scale = width / _pixels_as_inserted(chart.png)
    options = {"image_data": io.BytesIO(chart.png), "description": chart.finding, "object_position": 2}
    sheet.page.insert_image(top, 0, f"{chart.key}.png", options | {"x_scale": scale, "y_scale": scale})
    sheet.next_row = top + int(height) // PIXELS_OF_A_ROW + 2


def _pixels_as_inserted(png: bytes) -> float:
    """Return how wide a picture becomes by itself: XlsxWriter minds the dots per metre that it may state."""
    width, found = int.from_bytes(png[16:20]), png.find(b"pHYs")
    dots = int.from_bytes(png[found + 4 : found + 8]) if found > 0 else 0
    return width * PIXELS_OF_AN_INCH / (dots * METRES_OF_AN_INCH) if dots else width


def _heading(sheet: Sheet, title: str, finding: str) -> int:
    """Begin a picture on a page of its own, and return the row where it goes."""
    if sheet.next_row > 1:
        sheet.next_row += 1
        sheet.page.set_h_pagebreaks([*sheet.page.hbreaks, sheet.next_row])
    sheet.line(title, style="heading")
    if finding:
        sheet.merged(finding)
    return sheet.next_row


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME_CHARS else name[: MAX_NAME_CHARS - 1] + "…"


def _plain(value: object) -> object:
    """Return a day as the number by which Excel counts it, other names as they are."""
    return value.toordinal() - EXCEL_DAY_0 if isinstance(value, date) else value

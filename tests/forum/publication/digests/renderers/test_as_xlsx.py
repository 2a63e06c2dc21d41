from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from lxml import etree

from forum.publication.digests.renderers import xlsx_parts
from forum.publication.digests.renderers.as_csv import render_csv
from forum.publication.digests.renderers.as_json import render_json
from forum.publication.digests.renderers.as_xlsx import render_xlsx
from forum.publication.digests.renderers.xlsx_parts import MAX_CELL_CHARS, fitting, n_lines, n_pages_wide
from forum.publication.digests.tables import tables_of
from tests.forum.publication.digests.contents import (
    HOSTILE_TITLES,
    empty_content,
    example_chart,
    example_content,
    written,
)

A4 = 9


def rendered(content=None) -> bytes:
    content = content or example_content()
    charts = {key: example_chart(key) for key in ("support", "opinion", "over_time", "crossings", "on_time")}
    return written(render_xlsx, content, tables_of(content), charts)


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    return opened(rendered())


@pytest.fixture(scope="module")
def sample() -> openpyxl.Workbook:
    return opened(rendered(example_content(is_sample=True)))


def column_of(sheet, label: str) -> list:
    place = next(cell.column for cell in sheet[1] if cell.value == label)
    return [sheet.cell(row, place) for row in range(2, sheet.max_row + 1)]


def test_there_is_a_sheet_per_table_that_has_rows(book):
    tables = tables_of(example_content())
    filled = [table.title for table in tables.values() if len(table.frame)]
    assert book.sheetnames == ["읽는 법", filled[0], "그림", *filled[1:]]
    assert tables["participants"].title not in book.sheetnames


def test_the_cells_are_those_of_the_tables(book):
    for table in tables_of(example_content()).values():
        if not len(table.frame):
            continue
        read = pd.DataFrame(book[table.title].values)
        assert read.iloc[0].tolist() == [column.label for column in table.columns]
        assert len(read) == len(table.frame) + 1
        for place, column in enumerate(table.columns):
            if column.is_number:
                told = pd.to_numeric(read.iloc[1:, place]).reset_index(drop=True)
                wanted = table.frame[column.key].astype("float64")
                assert told.astype("float64").round(9).equals(wanted.round(9).rename(told.name)), column.key


def test_cells_have_the_type_of_their_column(book):
    sheet = book["제안"]
    assert all(isinstance(cell.value, int) for cell in column_of(sheet, "찬성"))
    shares = [cell for cell in column_of(sheet, "찬성 비율") if cell.value is not None]
    assert {cell.number_format for cell in shares} == {"0%"}
    days = column_of(sheet, "올린 날")
    assert all(cell.is_date and isinstance(cell.value, datetime) for cell in days)
    assert {cell.value for cell in column_of(sheet, "대표 제안")} == {"예", None}


def test_addresses_are_links(book):
    links = column_of(book["제안"], "주소")
    assert [cell.hyperlink.target for cell in links] == [cell.value for cell in links]
    inside = [cell.hyperlink.location for row in book["읽는 법"].iter_rows() for cell in row if cell.hyperlink]
    assert {place.split("!")[0].strip("'") for place in inside} == set(book.sheetnames) - {"읽는 법", "그림"}


def test_more_links_than_excel_takes_become_text_and_the_first_sheet_says_so(monkeypatch):
    monkeypatch.setattr(xlsx_parts, "MAX_LINKS", 5)
    book = opened(rendered())
    assert not any(cell.hyperlink for cell in column_of(book["제안"], "주소"))
    assert all(cell.hyperlink for cell in column_of(book["정책 주제"], "주소"))
    told = [str(cell.value) for cell in book["읽는 법"]["A"]]
    assert any("65,530" in line and "제안" in line for line in told)


def test_headers_stay_in_sight_and_filter(book):
    for name in set(book.sheetnames) - {"읽는 법", "그림"}:
        sheet = book[name]
        assert sheet.auto_filter.ref.startswith("A1:"), name
        assert sheet.freeze_panes[1:] == "2", name
    assert book["제안"].freeze_panes == "C2"


def test_every_sheet_prints_on_a4_with_its_header_and_pages(book):
    for sheet in book:
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", A4), sheet.title
        assert sheet.oddFooter.center.text == "&P / &N", sheet.title
        if sheet.title == "그림":
            continue
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert int(sheet.page_setup.fitToHeight) == 0, sheet.title
        if sheet.title != "읽는 법":
            assert sheet.print_title_rows == "$1:$1", sheet.title
    assert book["제안"].print_title_cols == "$A:$B"


def test_the_first_sheet_explains_every_sheet_and_column(book):
    cells = [[cell.value for cell in row] for row in book["읽는 법"].iter_rows()]
    told = {(row[0], row[1], row[3]) for row in cells}
    for table in tables_of(example_content()).values():
        if len(table.frame):
            assert {(table.title, column.label, column.about) for column in table.columns} <= told
    pairs = {row[0]: row[1] for row in cells}
    assert pairs["분석 회차"] == "7번"
    assert pairs["투표와 답변을 센 때"] == "2026년 11월 20일 09:30"
    assert pairs["공감대 회차"].startswith("3번")
    assert pairs["다루는 기간"] == "2026년 11월 14일부터 20일까지"
    assert pairs["내용이 없는 표"] == "참여자"


def test_no_cell_is_a_formula_whatever_people_write(book):
    for sheet in book:
        assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert [cell.value for cell in column_of(book["제안"], "제목") if cell.value in HOSTILE_TITLES] == list(
        HOSTILE_TITLES
    )


def parts_of(data: bytes, folder: str) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return [book.read(name).decode() for name in book.namelist() if re.match(rf"xl/{folder}/[a-z]+\d+\.xml", name)]


def test_charts_are_native_with_their_intervals_and_pictures_where_there_is_none():
    data = rendered()
    charts = parts_of(data, "charts")
    assert len(charts) == 3
    assert ["<c:errBars>" in chart for chart in charts] == [True, False, False]
    finding = example_chart().finding
    drawn = etree.fromstring(parts_of(data, "drawings")[0].encode())
    named = drawn.xpath("//*[local-name()='cNvPr']/@descr")
    assert named == [finding] * 5


def test_charts_show_the_cells_of_the_tables():
    chart = etree.fromstring(parts_of(rendered(), "charts")[1].encode())
    values = chart.xpath("//*[local-name()='val']//*[local-name()='v']/text()")
    assert [int(value) for value in values] == tables_of(example_content())["over_time"].frame["ideas"].tolist()
    assert chart.xpath("//*[local-name()='val']//*[local-name()='f']/text()") == ["'날짜별 제안'!$C$2:$C$21"]


def test_a_sample_says_so_on_every_sheet_and_page(sample):
    for sheet in sample:
        assert sheet["A1"].value.startswith("예시"), sheet.title
        assert "예시" in sheet.oddHeader.center.text
        assert "예시" in sheet.oddFooter.right.text
        if sheet.title not in {"읽는 법", "그림"}:
            assert sheet.auto_filter.ref.startswith("A2:"), sheet.title
            assert sheet.print_title_rows == "$2:$2", sheet.title


def test_a_real_digest_nowhere_says_example(book):
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if "예시" in str(cell.value)]


def test_an_empty_campaign_has_a_workbook():
    book = opened(rendered(empty_content()))
    assert book.sheetnames[:2] == ["읽는 법", "한눈에 보기"]
    assert "제안" not in book.sheetnames


def test_a_text_too_long_for_a_cell_is_cut_with_a_mark():
    long = replace(example_content().ideas[0], body="가" * 40_000)
    book = opened(rendered(example_content(ideas=(long, *example_content().ideas[1:]), themes=())))
    body = column_of(book["제안"], "내용")[0].value
    assert (len(body), body[-1]) == (MAX_CELL_CHARS, "…")


def test_excel_counts_a_picture_sign_twice():
    assert len(fitting("🚲" * 20_000).encode("utf-16-le")) <= 2 * MAX_CELL_CHARS
    assert fitting("🚲" * 20_000).endswith("🚲…")


def test_lines_and_pages_are_counted():
    assert [n_lines(text, 11) for text in ("", "가나다라마", "가나다라마바", "a\n\nb")] == [1, 1, 2, 3]
    assert n_lines("가" * 1_000, 11, most=4) == 4
    assert [n_pages_wide(widths, 1) for widths in ([100], [190], [10, 300])] == [1, 1, 2]


def hashes() -> str:
    content = example_content()
    tables = tables_of(content)
    files = (rendered(content), written(render_csv, content, tables), written(render_json, content, tables))
    return " ".join(hashlib.sha256(data).hexdigest() for data in files)


def test_twice_in_one_process_writes_the_same_bytes():
    assert rendered() == rendered()


def test_two_processes_write_the_same_bytes():
    code = f"from {__name__} import hashes; print(hashes())"
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "America/New_York"}
    root = Path(__file__).parents[5]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == hashes(), done.stderr

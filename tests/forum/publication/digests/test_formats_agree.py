"""Every format of one digest says the same: titles and numbers are read back by programs that did not write them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from bs4 import BeautifulSoup
from hwp_hwpx_parser import Reader

from forum.publication.digests.charts import charts_of
from forum.publication.digests.composing import compose
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.renderers.as_csv import render_csv
from forum.publication.digests.renderers.as_html import render_html
from forum.publication.digests.renderers.as_hwpx import render_hwpx
from forum.publication.digests.renderers.as_json import render_json
from forum.publication.digests.renderers.as_pdf import render_pdf
from forum.publication.digests.renderers.as_xlsx import render_xlsx
from forum.publication.digests.tables import tables_of
from tests.forum.publication.digests.contents import GATHERING, example_content, written

CONTENT = example_content()
Row = tuple[str, int, int, int]
"""Title of a theme, its ideas, its people, and its support in whole per cent."""


def flat(text: str) -> str:
    """Return a text without spaces and invisible signs: where a line ends is the format's affair."""
    return re.sub(r"[\s\u2060\u200b\xad]+", "", text)


def expected() -> dict[str, Row]:
    rows = {}
    for theme in CONTENT.themes:
        support = round(theme.support.value * 100) if theme.support else -1
        rows[flat(theme.title)] = (flat(theme.title), len(theme.ideas), theme.people, support)
    return rows


def row_of(cells: list[str]) -> Row:
    support = re.match(r"(\d+)%", cells[3])
    return flat(cells[0]), int(cells[1]), int(cells[2]), int(support[1]) if support else -1


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    charts = charts_of(CONTENT)
    document, tables = compose(CONTENT, charts), tables_of(CONTENT)
    return {
        "pdf": render_pdf(document),
        "hwpx": render_hwpx(document),
        "html": render_html(document),
        "xlsx": written(render_xlsx, CONTENT, tables, charts),
        "csv": written(render_csv, CONTENT, tables),
        "json": written(render_json, CONTENT, tables),
    }


def from_html(data: bytes) -> list[Row]:
    page = BeautifulSoup(data, "lxml")
    [table] = [one for one in page.find_all("table") if "안정성" in one.find("tr").get_text()]
    lines = [[cell.get_text() for cell in line.find_all(["th", "td"])] for line in table.find_all("tr")]
    return [row_of(line) for line in lines[1:]]


def from_hwpx(data: bytes, folder: Path) -> list[Row]:
    path = folder / "digest.hwpx"
    path.write_bytes(data)
    with Reader(path) as reader:
        [table] = [one for one in reader.get_tables() if "안정성" in one.rows[0]]
    return [row_of(line) for line in table.rows[1:]]


def from_pdf(data: bytes) -> list[Row]:
    document = pypdfium2.PdfDocument(data)
    text = flat("".join(page.get_textpage().get_text_range() for page in document))
    document.close()
    rows = []
    for title, n_ideas, people, support in expected().values():
        told = f"{support}%" if support >= 0 else ""
        if f"{title}{n_ideas}{people}{told}" in text:
            rows.append((title, n_ideas, people, support))
    return rows


def from_xlsx(data: bytes) -> list[Row]:
    sheet = openpyxl.load_workbook(io.BytesIO(data))["정책 주제"]
    return _typed(list(sheet.iter_rows(values_only=True)), ("정책 주제", "제안", "사람", "찬성 비율"))


def from_json(data: bytes) -> list[Row]:
    table = json.loads(data)["tables"]["themes"]
    return [_row(one["title"], one["ideas"], one["people"], one["support"]) for one in table["rows"]]


def _typed(lines: list[tuple[Any, ...]], labels: tuple[str, ...]) -> list[Row]:
    start = next(place for place, line in enumerate(lines) if labels[0] in line)
    places = [lines[start].index(label) for label in labels]
    return [_row(*(line[place] for place in places)) for line in lines[start + 1 :] if line[places[0]]]


def _row(title: str, n_ideas: int, people: int, support: float | None) -> Row:
    return flat(title), n_ideas, people, -1 if support is None else round(support * 100)


def test_every_format_has_the_same_themes_with_the_same_numbers(files, tmp_path):
    assert set(files) == set(FORMATS)
    wanted = sorted(expected().values())
    found = {
        "html": from_html(files["html"]),
        "hwpx": from_hwpx(files["hwpx"], tmp_path),
        "pdf": from_pdf(files["pdf"]),
        "xlsx": from_xlsx(files["xlsx"]),
        "json": from_json(files["json"]),
    }
    assert {name: sorted(rows) for name, rows in found.items()} == dict.fromkeys(found, wanted)


def test_the_tables_for_programs_list_every_idea_with_the_same_votes(files):
    wanted = sorted((one.id, flat(one.title), one.agree, one.disagree, one.pass_) for one in CONTENT.ideas)
    rows = csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig")))
    as_csv = [(int(r["제안 번호"]), flat(r["제목"]), int(r["찬성"]), int(r["반대"]), int(r["넘김"])) for r in rows]
    ideas = json.loads(files["json"])["tables"]["ideas"]["rows"]
    as_json = [(r["id"], flat(r["title"]), r["agree"], r["disagree"], r["pass"]) for r in ideas]
    lines = list(openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["제안"].iter_rows(values_only=True))
    start = next(place for place, line in enumerate(lines) if "제안 번호" in line)
    labels = ("제안 번호", "제목", "찬성", "반대", "넘김")
    places = [lines[start].index(label) for label in labels]
    as_xlsx = [tuple(line[p] for p in places) for line in lines[start + 1 :] if line[places[0]] is not None]
    as_xlsx = [(number, flat(title), *votes) for number, title, *votes in as_xlsx]
    assert [number for number, *_rest in sorted(as_csv)] == [number for number, *_rest in wanted]
    assert [row[2:] for row in sorted(as_csv)] == [row[2:] for row in wanted]
    assert sorted(as_json) == wanted
    assert sorted(as_xlsx) == wanted


def plain_of(name: str, data: bytes, folder: Path) -> str:
    """Return all text of a file that is read, flat."""
    if name == "html":
        return flat(BeautifulSoup(data, "lxml").get_text())
    if name == "hwpx":
        path = folder / "digest.hwpx"
        path.write_bytes(data)
        with Reader(path) as reader:
            return flat(reader.text)
    document = pypdfium2.PdfDocument(data)
    text = flat("".join(page.get_textpage().get_text_range() for page in document))
    document.close()
    return text


@pytest.mark.parametrize("name", ["pdf", "hwpx", "html"])
def test_what_is_read_names_the_rooms_and_prints_votes_with_and_without_paper(files, tmp_path, name):
    text = plain_of(name, files[name], tmp_path)
    first = CONTENT.themes[0]
    assert first.paper_votes.agree == 19
    assert flat(f"찬성 {first.agree}표(종이 표를 더하면 {first.agree + 19}표)") in text
    assert flat("제안 9건 가운데 2건은 모임 2곳에서 나왔어요") in text
    assert flat(f"‘{GATHERING}’ 모임에서 나옴") in text
    assert flat("이 기간에 모임 1곳이 끝났고, 모두 더해 27명이 함께했어요.") in text
    assert flat("모임에서 종이로 받은 표 25표는 따로 셌어요.") in text


def test_the_tables_for_programs_have_the_same_rooms_and_paper(files):
    told = [(one.id, one.room, one.paper) for one in CONTENT.ideas if one.room or one.paper]
    wanted = [
        (key, *((room.gathering_id, room.title) if room else (None, "")), paper.agree if paper else None)
        for key, room, paper in told
    ]
    assert len(wanted) == 3
    ideas = json.loads(files["json"])["tables"]["ideas"]["rows"]
    as_json = [(r["id"], r["gathering"], r["gathering_title"], r["paper_agree"]) for r in ideas]
    assert [row for row in as_json if row[1] or row[3] is not None] == wanted
    rows = csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig")))
    as_csv = [(r["제안 번호"], r["모임 번호"], r["모임"], r["종이로 찬성"]) for r in rows]
    as_text = [tuple("" if cell is None else str(cell) for cell in row) for row in wanted]
    assert [row for row in as_csv if row[1] or row[3]] == as_text
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    as_xlsx = columns_of(book["제안"], ("제안 번호", "모임 번호", "모임", "종이로 찬성"))
    assert [(key, at, title or "", n) for key, at, title, n in as_xlsx if at or n is not None] == wanted


def test_the_gatherings_agree_in_words_and_tables(files):
    lines = [(one.title, one.ideas, one.present) for one in CONTENT.gatherings.lines]
    whole = json.loads(files["json"])
    assert [(r["title"], r["ideas"], r["present"]) for r in whole["tables"]["gatherings"]["rows"]] == lines
    assert whole["gatherings"] == {"ended": 1, "present": 27, "is_rounded": False}
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["모임"]
    assert columns_of(sheet, ("모임", "제안", "함께한 사람")) == lines
    page = BeautifulSoup(files["html"], "lxml")
    [table] = [one for one in page.find_all("table") if "함께한 사람" in one.find("tr").get_text()]
    read = [[flat(cell.get_text()) for cell in line.find_all(["th", "td"])] for line in table.find_all("tr")[1:]]
    assert [(row[0], row[2], row[3]) for row in read] == [
        (flat(title), str(ideas), "" if present is None else str(present)) for title, ideas, present in lines
    ]


def columns_of(sheet: Any, labels: tuple[str, ...]) -> list[tuple[Any, ...]]:
    lines = list(sheet.iter_rows(values_only=True))
    start = next(place for place, line in enumerate(lines) if labels[0] in line)
    places = [lines[start].index(label) for label in labels]
    return [tuple(line[p] for p in places) for line in lines[start + 1 :] if line[places[0]] is not None]

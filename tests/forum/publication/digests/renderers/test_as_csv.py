from __future__ import annotations

import csv
import io

import pandas as pd

from forum.publication.digests.renderers.as_csv import render_csv
from forum.publication.digests.tables import tables_of
from tests.forum.publication.digests.contents import HOSTILE_TITLES, empty_content, example_content, written


def rendered(**more: object) -> bytes:
    content = example_content(**more)
    return written(render_csv, content, tables_of(content))


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_pandas_reads_what_was_written():
    content = example_content()
    tables = tables_of(content)
    frame = pd.read_csv(
        io.BytesIO(written(render_csv, content, tables)), dtype={"주제 번호": str}, parse_dates=["올린 날"]
    )
    assert list(frame.columns) == [column.label for column in tables["ideas"].columns]
    assert frame["제안 번호"].tolist() == tables["ideas"].frame["id"].tolist()
    assert frame["찬성"].sum() == sum(idea.agree for idea in content.ideas)
    assert frame["찬성 비율"].round(4).equals(tables["ideas"].frame["support"].round(4).rename("찬성 비율"))
    assert frame["올린 날"].tolist() == tables["ideas"].frame["created_on"].tolist()


def test_korean_excel_finds_a_mark_at_the_start_and_lines_it_knows():
    data = rendered()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    assert "2026-11-02" in data.decode("utf-8-sig")


def test_no_cell_is_a_formula():
    cells = [cell for row in rows_of(rendered()) for cell in row.values()]
    assert "'" + HOSTILE_TITLES[0] in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_hostile_texts_come_back_whole():
    titles = {row["제목"] for row in rows_of(rendered())}
    assert set(HOSTILE_TITLES[1:]) <= titles


def test_a_sample_says_so_in_every_row():
    assert {row["예시"] for row in rows_of(rendered(is_sample=True))} == {"예시"}
    assert "예시" not in rows_of(rendered())[0]


def test_an_empty_campaign_has_a_header_and_nothing_else():
    content = empty_content()
    data = written(render_csv, content, tables_of(content))
    assert data.decode("utf-8-sig").splitlines()[0].startswith("제안 번호,제목,내용")
    assert rows_of(data) == []

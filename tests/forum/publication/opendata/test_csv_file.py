from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from forum.core.errors import InvalidInput
from forum.publication.digests.columns import day, integer, share, text, yes
from forum.publication.opendata import csv_file
from forum.publication.opendata.csv_file import chosen_encoding, write_csv

COLUMNS = (
    text("title", "제목", ""), integer("n", "수", ""), share("s", "비율", ""), day("d", "날", ""), yes("y", "맞음", ""),
)  # fmt: skip
ROW = ("버스, “전기”\n버스 🚲", 1234, 2 / 3, date(2026, 11, 6), True)


def written(*rows, encoding: str = "utf-8", is_sample: bool = False) -> bytes:
    with write_csv(COLUMNS, rows, encoding, is_sample=is_sample).content as content:
        return content.read()


def read(data: bytes, codec: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(codec), newline="")))


def test_cells_are_plain_for_programs_and_texts_come_back_whole():
    data = written(ROW, (None, None, None, None, False))
    assert data.startswith(b"\xef\xbb\xbf")
    assert read(data) == [
        ["제목", "수", "비율", "날", "맞음"],
        [ROW[0], "1234", "0.6667", "2026-11-06", "예"],
        ["", "", "", "", ""],
    ]


@pytest.mark.parametrize("title", ["=CMD('calc')!A1", "+1", "-1", "@합계", "＝1+1", "\t=1", " =1"])
def test_no_text_is_a_formula(title):
    for encoding, codec in (("utf-8", "utf-8-sig"), ("cp949", "cp949")):
        [_head, row] = read(written((title, *ROW[1:]), encoding=encoding), codec)
        assert row[0] == f"'{title}"


def test_cp949_has_no_mark_and_a_question_mark_for_what_it_lacks():
    data = written(ROW, encoding="cp949")
    assert data.startswith("제목".encode("cp949"))
    assert read(data, "cp949")[1][0] == "버스, “전기”\n버스 ?"


def test_a_sample_says_so_in_each_row():
    rows = read(written(ROW, ROW, is_sample=True))
    assert [row[0] for row in rows] == ["예시"] * 3


def test_the_tag_and_length_are_those_of_the_content(monkeypatch):
    monkeypatch.setattr(csv_file, "IN_MEMORY", 10)  # the file goes to disk
    files = [write_csv(COLUMNS, [row], "utf-8", is_sample=False) for row in (ROW, ROW, ("다른 제목", *ROW[1:]))]
    contents = [file.content.read() for file in files]
    for file in files:
        file.content.close()
    assert [file.n_bytes for file in files] == [len(content) for content in contents]
    assert files[0].etag == files[1].etag != files[2].etag


@pytest.mark.parametrize(("asked", "given"), [("", "utf-8"), ("UTF-8", "utf-8"), (" cp949 ", "cp949")])
def test_known_encodings(asked, given):
    assert chosen_encoding(asked) == given


@pytest.mark.parametrize("asked", ["utf-16", "euc-jp", "../etc", "cp949\x00"])
def test_other_encodings_are_refused(asked):
    with pytest.raises(InvalidInput):
        chosen_encoding(asked)

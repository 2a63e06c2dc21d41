from __future__ import annotations

import csv

import pytest

from forum.core.errors import InvalidInput
from forum.voice.ideas.importing import Row, open_source, parse_agree_count, parse_written_at, write_rejects

MAX_BYTES = 100_000
HEAD = "external_id,title,body\n"


def source_of(tmp_path, content: bytes | str, name: str = "in.csv"):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_source(path, MAX_BYTES)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_csv_is_read_in_the_encodings_of_korea(tmp_path, encoding):
    source = source_of(tmp_path, (HEAD + '1,탄소중립,"쉼표, 그리고\n줄바꿈"\n').encode(encoding))
    assert [dict(row.values) for row in source.rows()] == [
        {"external_id": "1", "title": "탄소중립", "body": "쉼표, 그리고\n줄바꿈"}
    ]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "in.csv", "비어"),
        (b"   \n ", "in.csv", "비어"),
        (HEAD.encode(), "in.csv", "가져올 제안이 없어요"),
        (b"title,body\n1,2\n", "in.csv", "external_id"),
        ("번호,제목\n1,2\n".encode(), "in.csv", "external_id, title"),
        (b"external_id,title,title\n1,2,3\n", "in.csv", "두 번"),
        (HEAD.encode("utf-16"), "in.csv", "텍스트 파일이 아니에요"),
        (b"MZ\x90\x00\x03", "in.csv", "텍스트 파일이 아니에요"),
        (b"external_id,title\n1,\xff\xfe\xff\n", "in.csv", "인코딩"),
        ((HEAD + '1,"닫지 않은 따옴표\n').encode(), "in.csv", "형식이 깨져"),
        (("external_id,title," + ",".join(f"c{n}" for n in range(300)) + "\n1,2\n").encode(), "in.csv", "열이 너무"),
        (b"x" * (MAX_BYTES + 1), "in.csv", "너무 커요"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_in_words(tmp_path, content, name, words):
    with pytest.raises(InvalidInput, match=words):
        source_of(tmp_path, content, name)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidInput, match="파일이 없어요"):
        open_source(tmp_path / "none.csv", MAX_BYTES)


def test_a_row_with_too_many_cells_is_a_fault_of_that_row_alone(tmp_path):
    rows = list(source_of(tmp_path, HEAD + "1,가,나,다\n2,라,마\n").rows())
    assert [bool(row.error) for row in rows] == [True, False]


@pytest.mark.parametrize(
    "line",
    ["{", "[1]", '"글"', "null", '{"external_id": "1"}', '{"external_id": "1", "title": ["가"]}', "[" * 5000],
)
def test_a_broken_json_line_is_a_fault_of_that_line_alone(tmp_path, line):
    rows = list(source_of(tmp_path, line + '\n{"external_id": 2, "title": "가"}\n', "in.jsonl").rows())
    assert [bool(row.error) for row in rows] == [True, False]
    assert rows[1].values == {"external_id": "2", "title": "가"}


@pytest.mark.parametrize("text", ["-1", "1.5", "１２", "²", "1e3", "many", "9" * 11])
def test_an_agree_count_that_is_no_count(text):
    with pytest.raises(InvalidInput, match="숫자가 아니에요"):
        parse_agree_count(text)


def test_agree_counts_may_have_commas_or_be_missing():
    assert (parse_agree_count("1,284"), parse_agree_count(" "), parse_agree_count("0")) == (1284, None, 0)


@pytest.mark.parametrize("text", ["어제", "2019-13-01", "0001-01-01", "9999-12-31T23:59:59-23:59", "2019-08-31 25:00"])
def test_a_time_that_is_none(text):
    with pytest.raises(InvalidInput, match="날짜"):
        parse_written_at(text)


def test_rejected_rows_open_in_a_spreadsheet_and_compute_nothing(tmp_path):
    path = tmp_path / "rejects.csv"
    write_rejects(path, [(Row(3, {"external_id": "x", "title": "=1+1", "body": "\ud800"}), "까닭")])
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["row"], row["reason"], row["title"]) == ("3", "까닭", "'=1+1")

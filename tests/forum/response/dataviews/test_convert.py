from __future__ import annotations

import stat
from dataclasses import replace

import pytest

from forum.core.errors import InvalidInput
from forum.response.dataviews.asking import PreviewRequest
from forum.response.dataviews.convert import convert
from forum.response.dataviews.engine import preview
from forum.response.dataviews.processes import CONVERSION, PreviewFailed
from tests.forum.response.dataviews.tables import COLUMNS, HEAD, ROWS, written


def test_cells_that_are_not_of_their_type_are_counted_and_become_empty(tmp_path):
    rows = "2026-02-30,가,1e5,1.5,아마,말\ninfinity,나,nan,99999999999999999999,1,\n"
    done = convert(written(tmp_path, rows), tmp_path / "out", COLUMNS)
    assert done.n_unread == {"달": 2, "건물 유형": 0, "kWh": 1, "세대": 2, "태양광": 1, "비고": 0}
    result = preview(tmp_path / "out", COLUMNS, PreviewRequest())
    assert result.rows == ((None, "가", "100000", None, None, "말"), (None, "나", None, None, "예", None))


def test_the_file_is_for_its_owner_alone_and_replaces_an_earlier_one(tmp_path):
    target = tmp_path / "out"
    target.write_bytes(b"old")
    with_mark = tmp_path / "marked.csv"
    with_mark.write_text("\ufeff" + HEAD + ROWS, encoding="utf-8")
    assert convert(with_mark, target, COLUMNS).n_rows == 4
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert preview(target, COLUMNS, PreviewRequest()).n_rows == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ((HEAD + ROWS).encode("cp949"), "UTF-8로 쓴 글이 아니에요"),
        (b"", "UTF-8로 쓴 글이 아니에요"),
        ("달,다른 이름\n".encode(), "열 이름과 달라요"),
        (("가" * 200_000).encode(), "열 이름과 달라요"),
        ((HEAD + ROWS * 5_000).encode() + b"\xff\xfe,1,1,1,1,1\n", "표를 읽지 못했어요|모양이 달라서"),
        ((HEAD + ROWS + "2026-01-01,너무,적음\n").encode(), "6번째 줄"),
    ],
    ids=["cp949", "empty", "other", "one-long-line", "broken", "short"],
)
def test_what_is_no_such_table_leaves_no_file(content, said, tmp_path):
    source = tmp_path / "source.csv"
    source.write_bytes(content)
    with pytest.raises(InvalidInput, match=said):
        convert(source, tmp_path / "out", COLUMNS)
    assert [file.name for file in tmp_path.iterdir()] == ["source.csv"]


def test_a_child_that_dies_leaves_no_file(tmp_path):
    source = written(tmp_path)
    for few in (
        replace(CONVERSION, memory_mib=110),
        replace(CONVERSION, file_bytes=100),
        replace(CONVERSION, seconds=0.02),
    ):
        with pytest.raises((PreviewFailed, InvalidInput)):
            convert(source, tmp_path / "out", COLUMNS, few)
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]

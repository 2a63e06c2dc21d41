"""No database here: lines that people type or paste."""

from __future__ import annotations

import pytest

from forum.core.errors import InvalidInput
from forum.response.datasets.models import MAX_COLUMNS, MAX_SAMPLE_ROWS, ColumnType
from forum.response.datasets.pasted import ColumnLine, as_text, fits, read_dictionary, read_rows, rows_fit

DAY, USE = ColumnLine("달", "어느 달", ColumnType.DATE), ColumnLine("사용량", "쓴 전기", ColumnType.NUMBER, "kWh")


def test_a_dictionary_is_read_from_commas_and_tabs_with_a_heading():
    text = '이름,뜻,종류\n달,어느 달,날짜\n\n"사용량"\t"쓴 전기, 모두"\tNUMBER\tkWh\t아니요\t예\n'
    assert read_dictionary(text) == [
        DAY,
        ColumnLine("사용량", "쓴 전기, 모두", ColumnType.NUMBER, "kWh", is_identifying=False, is_sensitive=True),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "열을 하나 이상"),
        ("달,어느 달", "1번째 줄: 이름, 뜻"),
        ("달,어느 달,날짜\n값,뜻,몰라", "2번째 줄: 종류는"),
        ("달,어느 달,날짜,,아마", "예나 아니요로"),
        ("달,,날짜", "열의 뜻을 입력해"),
        ("달,뜻,날짜\n달,뜻,날짜", "‘달’이 두 번"),
        ('달,"뜻,날짜', "따옴표의 짝"),
        ("달,900101-1234568,날짜", "주민등록번호"),
        ("\n".join(f"c{n},뜻,TEXT" for n in range(MAX_COLUMNS + 1)), "500개까지"),
    ],
)
def test_a_wrong_dictionary_is_refused_with_its_line(text, message):
    with pytest.raises(InvalidInput) as refused:
        read_dictionary(text)
    assert message in refused.value.errors["columns"]


def test_rows_need_a_cell_that_fits_for_each_column():
    assert read_rows("달,사용량\n2026-01-01,1.5\n2026-02-01\t\n", [DAY, USE]) == [
        ["2026-01-01", "1.5"],
        ["2026-02-01", ""],
    ]
    for text, message in (
        ("2026-01-01", "칸이 1개"),
        ("1월,1", "날짜만"),
        ("2026-01-01,많이", "1번째 줄: ‘사용량’"),
        ("\n".join(["2026-01-01,1"] * (MAX_SAMPLE_ROWS + 1)), "20줄까지"),
    ):
        with pytest.raises(InvalidInput) as refused:
            read_rows(text, [DAY, USE])
        assert message in refused.value.errors["rows"]


def test_personal_data_does_not_stay_in_rows():
    note = ColumnLine("메모", "적은 말", ColumnType.TEXT)
    [[kept]] = read_rows("전화 010-1234-5678 a@example.org", [note])
    assert "1234" not in kept
    assert "example" not in kept
    with pytest.raises(InvalidInput):
        read_rows("900101-1234568", [note])
    assert read_rows("2026-01-01,16872100", [DAY, USE]) == [["2026-01-01", "16872100"]]
    assert read_rows("2026-01-01,01012345678", [DAY, USE]) == [["2026-01-01", "***********"]]


def test_what_was_read_can_be_written_and_read_again():
    rows = [["2026-01-01", "1"], ["2026-02-01", ""]]
    assert read_rows(as_text(rows), [DAY, USE]) == rows
    assert rows_fit(rows, [DAY, USE])
    assert not rows_fit(rows, [USE, DAY])
    assert not rows_fit(rows, [DAY])


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (ColumnType.INTEGER, "-12", "1.5"),
        (ColumnType.NUMBER, "0.5", "１"),
        (ColumnType.DATE, "2026-02-28", "2026-02-30"),
        (ColumnType.DATETIME, "2026-02-28T09:00", "9시"),
        (ColumnType.BOOLEAN, "예", "글쎄"),
    ],
)
def test_cells_are_checked_by_type(type_, good, bad):
    assert fits(good, type_)
    assert fits("", type_)
    assert not fits(bad, type_)

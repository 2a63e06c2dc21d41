from __future__ import annotations

from forum.publication.digests.charts.crossings import MAX_COLUMNS, MAX_ROWS, heat_table
from forum.publication.digests.content import Crossing
from tests.forum.publication.digests.charts.pictures import words_in
from tests.forum.publication.digests.contents import example_content


def heat(*cells: tuple[str, str, int | None]):
    return heat_table(example_content(crossings=tuple(Crossing(*cell) for cell in cells)))


def test_the_fullest_cell_is_told_and_hidden_ones_are_counted():
    chart = heat(("수송", "서울", 9), ("수송", "부산", None), ("건물", "서울", 7), ("건물", "부산", None))
    assert chart.finding == ("부문과 지역으로 나누면 ‘수송 · 서울’ 칸이 제안 9건으로 가장 많고, 2칸은 적어서 숨겼어요.")


def test_cells_that_are_equally_full_are_counted():
    chart = heat(("수송", "서울", 9), ("수송", "부산", 9))
    assert chart.finding == "부문과 지역으로 나누면 제안이 가장 많은 칸은 9건씩이에요(‘수송 · 서울’ 등 2칸)."
    chart = heat(("수송", "서울", 9), ("수송", "부산", 9), ("수송", "대구", None))
    assert "9건씩(‘수송 · 서울’ 등 2칸)이고, 1칸은 적어서 숨겼어요" in chart.finding


def test_the_longer_side_goes_down_and_the_table_is_as_drawn():
    chart = heat(("수송", "서울", 9), ("수송", "부산", None), ("수송", "대구", 1234))
    assert [column.label for column in chart.table.columns] == ["지역", "수송"]
    assert chart.table.frame.values.tolist() == [["서울", 9], ["부산", None], ["대구", 1234]]
    assert {"서울", "부산", "대구", "수송", "9", "1,234"} <= set(words_in(chart))


def test_hidden_cells_are_hatched_and_said():
    hidden = heat(("수송", "서울", 9), ("수송", "부산", None))
    open_ = heat(("수송", "서울", 9), ("수송", "부산", 8))
    assert b"<pattern" in hidden.svg
    assert b"<pattern" not in open_.svg
    assert any("적어서 숨김" in words for words in words_in(hidden))
    assert "적어서 숨김" in hidden.table.note
    assert open_.table.note == ""


def test_a_cell_that_is_not_named_says_no_more_than_a_hidden_one():
    named = heat(("수송", "서울", 9), ("건물", "부산", 8), ("수송", "부산", None), ("건물", "서울", None))
    unnamed = heat(("수송", "서울", 9), ("건물", "부산", 8))
    assert named.svg == unnamed.svg
    assert named.finding == unnamed.finding


def test_nothing_is_drawn_where_all_is_hidden():
    assert heat(("수송", "서울", None), ("건물", "부산", None)) is None
    assert heat() is None


def test_too_many_lines_leave_the_emptiest_out_and_say_so():
    chart = heat(*((f"부문 {n}", f"지역 {k}", n * k) for n in range(1, 15) for k in range(1, 31)))
    assert chart.table.frame.shape == (MAX_ROWS, MAX_COLUMNS + 1)
    assert chart.table.frame["name"].tolist() == [f"지역 {k}" for k in range(13, 31)]
    assert chart.table.note == "제안이 적은 부문이나 지역 16개는 뺐어요."


def test_a_number_that_is_too_wide_is_told_in_ten_thousands():
    chart = heat(*(("수송", f"지역 {k}", 1) for k in range(10)), *((f"부문 {n}", "지역 0", 10**8) for n in range(9)))
    assert "10,000만" in words_in(chart)
    assert 10**8 in chart.table.frame["count_1"].tolist()


def test_a_table_of_one_cell_is_not_drawn():
    assert heat(("부문 없음", "지역 없음", 1997)) is None
    assert heat(("부문 없음", "서울", 9), ("부문 없음", "부산", 9)) is not None

from __future__ import annotations

import pytest

from forum.response.dataviews.asking import PreviewRequest
from forum.response.dataviews.charts import MAX_BARS, chart_of, number_words
from forum.response.dataviews.engine import Group, PreviewResult
from tests.forum.response.dataviews.tables import COLUMNS


def chart(*groups, **asked):
    return chart_of(PreviewResult(9, groups=groups), PreviewRequest(group_by="건물 유형", **asked), COLUMNS)


def test_counts_are_told_drawn_and_written():
    found = chart(Group("아파트", 1_200), Group(None, 3))
    assert found.words == "‘아파트’가 1,200행으로 가장 커요."
    assert found.bars == [{"label": "아파트", "value": 1_200}, {"label": "(빈칸)", "value": 3}]
    assert found.head == [("건물 유형", ""), ("행", "number")]
    assert found.lines == [["아파트", "1,200"], ["(빈칸)", "3"]]


def test_sums_are_told_in_their_unit_and_what_has_none_is_not_drawn():
    found = chart(Group("아파트", 2, 100.504), Group("병원", 1, None), sum_of="kWh")
    assert (found.title, found.words) == ("건물 유형마다 kWh의 합", "‘아파트’가 100.5kWh로 가장 커요.")
    assert found.bars == [{"label": "아파트", "value": 100.5}]
    assert found.lines == [["아파트", "2", "100.5"], ["병원", "1", "–"]]


def test_a_sum_below_zero_is_written_and_not_drawn():
    found = chart(Group("아파트", 2, 5.0), Group("병원", 1, -2.0), sum_of="kWh")
    assert (found.bars, found.lines[1][2]) == ([], "-2")


def test_equal_groups_have_no_largest_and_a_table_without_groups_no_chart():
    assert chart(Group("가", 2), Group("나", 2)).words == "가장 큰 값은 2행이고, 같은 값이 더 있어요."
    assert chart(Group("가", 2, None), sum_of="kWh").words == "더할 수 있는 칸이 없어요."
    assert chart() is None
    assert len(chart(*(Group(str(n), n) for n in range(50))).bars) == MAX_BARS


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (1234.5678, "1,234.57"), (1e15, "1,000,000,000,000,000"), (-3, "-3")]
)
def test_numbers_are_written_for_people(value, words):
    assert number_words(value) == words

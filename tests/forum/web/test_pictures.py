from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.web.pictures import MAX_BLOCKS, MAX_TICKS, blocks, finding_of, percent, share_words, time_scale
from tests.hangul import steady

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 10, 0), (10, 10, 100), (999, 1000, 99), (1, 1000, 1), (1, 3, 33), (2, 3, 67), (1, 8, 13), (0, 0, 0)],
)
def test_none_and_all_are_said_only_of_none_and_all(part, whole, shown):
    assert percent(part, whole) == shown


def test_a_share_that_rounds_to_nothing_is_said_to_be_under_one_percent():
    assert [share_words(part, 351) for part in (0, 1, 4, 351)] == ["0%", "1% 미만", "1%", "100%"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((60, 40, 40), "모두 140건 가운데 ‘가’가 가장 많아요(43%)."),
        ((41, 40, 40, 29), "모두 150건이고, ‘라’가 29건으로 가장 적어요."),
        ((41, 40, 40), "모두 121건이고, 두드러지게 많거나 적은 것은 없어요."),
        ((7,), "모두 7건 가운데 ‘가’가 가장 많아요(100%)."),
    ],
)
def test_a_picture_of_shares_claims_a_finding_only_if_there_is_one(values, words):
    rows = [
        SimpleNamespace(label=label, value=value, url="#") for label, value in zip("가나다라", values, strict=False)
    ]
    assert finding_of(rows, "건") == words


def test_the_rest_is_neither_the_largest_nor_the_smallest():
    rows = [SimpleNamespace(label=label, value=value, url="#") for label, value in (("가", 40), ("나", 41), ("다", 40))]
    rest = SimpleNamespace(label="나머지", value=2, url="")
    assert finding_of([*rows, rest], "건") == "모두 123건이고, 두드러지게 많거나 적은 것은 없어요."


def things(*values):
    return [SimpleNamespace(value=value) for value in values]


@steady
@given(st.lists(st.integers(0, 10_000), max_size=30))
def test_blocks_fill_the_picture_without_overlap_and_by_size(values):
    drawn = blocks(things(*values))
    assert len(drawn) <= MAX_BLOCKS
    if not any(values):
        assert drawn == []
        return
    assert sum(block.width * block.height for block in drawn) == pytest.approx(100 * 100)
    total = sum(block.item.value for block in drawn)
    for block in drawn:
        assert block.width * block.height == pytest.approx(10_000 * block.item.value / total)
        assert min(block.x, block.y) >= -1e-6
        assert max(block.x + block.width, block.y + block.height) <= 100 + 1e-6
    assert [block.item.value for block in drawn] == sorted((block.item.value for block in drawn), reverse=True)


def test_what_would_be_too_small_to_touch_is_left_to_the_table():
    assert [block.item.value for block in blocks(things(1000, 500, 1))] == [1000, 500]


def row(start, end):
    return SimpleNamespace(starts_on=TODAY + timedelta(days=start), ends_on=TODAY + timedelta(days=end))


def test_every_row_and_today_have_a_place_on_the_line_of_time():
    scale = time_scale([row(-30, -10), row(-3, 20)], TODAY)
    assert (scale.at(TODAY - timedelta(days=30)), scale.at(TODAY), scale.at(TODAY + timedelta(days=20))) == (0, 60, 100)


def test_a_line_of_one_day_is_not_divided_by_nothing():
    scale = time_scale([], TODAY)
    assert scale.at(TODAY) == 0


def test_a_short_line_counts_weeks_and_a_long_one_months():
    assert [words for _place, words in time_scale([row(-14, 7)], TODAY).ticks] == [
        "11월 13일",
        "11월 20일",
        "11월 27일",
        "12월 4일",
    ]
    assert [words for _place, words in time_scale([row(-100, 30)], TODAY).ticks] == ["9월", "10월", "11월", "12월"]
    assert [words for _place, words in time_scale([row(-60, 80)], TODAY).ticks] == [
        "2026.10",
        "2026.11",
        "2026.12",
        "2027.1",
        "2027.2",
    ]
    assert len(time_scale([row(-100, 20)], TODAY).ticks) <= MAX_TICKS + 1

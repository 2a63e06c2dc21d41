from __future__ import annotations

from datetime import date, timedelta

import pytest

from forum.publication.digests.charts.over_time import MAX_COLUMNS, _ticks, columns_over_time
from forum.publication.digests.content import Period, Points
from tests.forum.publication.digests.charts.pictures import shapes_in, words_in
from tests.forum.publication.digests.contents import example_content

ALL = Period("ALL", "처음부터", None, date(2026, 11, 20))


def columns(*counts: int, days: int = 1, first: date = date(2026, 11, 1), **more):
    points = tuple((first + timedelta(days=days * place), n) for place, n in enumerate(counts))
    return columns_over_time(example_content(over_time=Points(days, points), **more))


def test_the_finding_tells_the_highest_day_and_the_period():
    counts = [0] * 20
    counts[3], counts[13], counts[19] = 9, 2, 3
    assert columns(*counts).finding == (
        "제안 14건 가운데 11월 4일에 가장 많은 9건이 들어왔고, 이 보고서의 기간에는 5건이 들어왔어요."
    )


def test_days_that_are_equally_high_are_counted():
    assert columns(4, 1, 4, period=ALL).finding == "제안 9건은 하루에 많게는 4건씩(11월 1일 등 2번) 들어왔어요."


@pytest.mark.parametrize(
    ("days", "finding"),
    [
        (1, "제안 1,234건이 11월 2일에 들어왔어요."),
        (7, "제안 1,234건이 11월 8일부터 한 주 동안 들어왔어요."),
        (14, "제안 1,234건이 11월 15일부터 2주 동안 들어왔어요."),
    ],
)
def test_all_in_one_column(days, finding):
    assert columns(0, 1234, days=days, period=ALL).finding == finding


def test_another_year_is_named():
    assert "2025년 11월 2일에" in columns(1, 3, first=date(2025, 11, 1), period=ALL).finding


def test_a_period_that_begins_amid_a_column_has_no_sum():
    """14 November is a Saturday; columns begin on Sundays here."""
    chart = columns(1, 5, 2, days=7)
    assert chart.finding == "제안 8건 가운데 11월 8일부터 한 주 동안 가장 많은 5건이 들어왔어요."
    assert list(chart.table.frame["in_period"]) == [False, True, True]


def test_the_last_column_ends_with_the_data():
    """It begins within the period and would reach beyond it, but nothing was counted after the cut."""
    chart = columns(1, 5, 2, days=7, first=date(2026, 10, 31))
    assert list(chart.table.frame["in_period"]) == [False, False, True]
    assert "이 보고서의 기간에는 2건이 들어왔어요" in chart.finding


def test_the_table_has_the_columns_that_are_drawn():
    chart = columns(3, 0, 12, 1)
    assert chart.table.frame["ideas"].tolist() == [3, 0, 12, 1]
    assert chart.table.frame["from_day"].tolist() == [date(2026, 11, 1) + timedelta(days=n) for n in range(4)]
    assert {"3", "12", "1"} <= set(words_in(chart))


def test_the_period_is_named_where_it_is_seen():
    named = "이 보고서의 기간: 2026년 11월 14일부터 20일까지"
    assert named in words_in(columns(*[1] * 20))
    assert named not in words_in(columns(1, 2))
    assert not [words for words in words_in(columns(1, 2, period=ALL)) if "기간" in words]


def test_a_year_of_days_is_folded_and_nothing_is_lost():
    chart = columns(*range(400), first=date(2025, 10, 17), period=ALL)
    assert len(chart.table.frame) <= MAX_COLUMNS
    assert chart.table.frame["ideas"].sum() == sum(range(400))
    assert chart.title == "2주마다 들어온 제안"
    assert shapes_in(chart, fill="#256ef4") == len(chart.table.frame)


def test_no_idea_gives_no_chart():
    assert columns() is None
    assert columns(0, 0, 0) is None


@pytest.mark.parametrize(
    ("most", "expected"),
    [(1, [0, 1]), (4, [0, 1, 2, 3, 4]), (5, [0, 2, 4, 6]), (97, [0, 50, 100]), (2_000_000_000, None)],
)
def test_ticks_are_few_round_and_reach_the_highest(most, expected):
    ticks = _ticks(most)
    assert ticks == (expected or [0, 500_000_000, 1_000_000_000, 1_500_000_000, 2_000_000_000])


def test_all_days_are_not_marked_as_the_period():
    assert list(columns(1, 5, 2, period=ALL).table.frame) == ["from_day", "ideas"]
    assert "in_period" in columns(1, 5, 2).table.frame


def test_half_years_are_told_in_weeks():
    chart = columns(302, 797, 17, days=182, first=date(2017, 9, 1), period=ALL)
    assert chart.title == "26주마다 들어온 제안"
    assert "2018년 3월 2일부터 26주 동안 가장 많은 797건" in chart.finding

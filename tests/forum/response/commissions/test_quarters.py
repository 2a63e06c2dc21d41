from __future__ import annotations

from datetime import date

import pytest

from forum.response.commissions.quarters import (
    due_day,
    last_day_of,
    next_quarter,
    parse_quarter,
    quarter_code,
    quarter_of,
)


@pytest.mark.parametrize(
    ("day", "first", "last", "due"),
    [
        (date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31), date(2027, 1, 15)),
        (date(2027, 1, 1), date(2027, 1, 1), date(2027, 3, 31), date(2027, 4, 15)),
        (date(2028, 2, 29), date(2028, 1, 1), date(2028, 3, 31), date(2028, 4, 15)),
        (date(2027, 9, 30), date(2027, 7, 1), date(2027, 9, 30), date(2027, 10, 15)),
    ],
)
def test_a_quarter_and_when_its_report_is_due(day, first, last, due):
    assert quarter_of(day) == first
    assert last_day_of(first) == last
    assert due_day(first) == due
    assert quarter_of(next_quarter(first)) == next_quarter(first) > last
    assert parse_quarter(quarter_code(first)) == first


@pytest.mark.parametrize("code", ["", "2027", "2027-0", "2027-5", "1999-1", "2027-1 ", "２０２７-1", "2027-01"])
def test_no_other_spelling_names_a_quarter(code):
    assert parse_quarter(code) is None

"""The calendar: Korean holidays, the Civil Code's months, and the decree's numbers."""

from __future__ import annotations

from datetime import date

import pytest

from forum.core.workdays import (
    after_working_days,
    answer_due,
    deemed_received_on,
    is_working_day,
    last_day_for,
    months_after,
    rule_value,
    rules,
    working_day_from,
)


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (date(2026, 11, 24), date(2026, 12, 24)),
        (date(2026, 1, 31), date(2026, 2, 28)),  # begins on the first of February: the whole month
        (date(2026, 1, 30), date(2026, 2, 28)),  # no 31 February: the month's last day
        (date(2026, 2, 28), date(2026, 3, 31)),  # begins on the first of March: the whole month
        (date(2024, 1, 30), date(2024, 2, 29)),
        (date(2026, 12, 15), date(2027, 1, 15)),
    ],
)
def test_a_month_is_counted_as_the_civil_code_counts(day, ends):
    assert months_after(day, 1) == ends


@pytest.mark.parametrize(
    ("day", "then"),
    [
        (date(2026, 11, 25), date(2026, 12, 28)),  # 25 December is a holiday, then a weekend
        (date(2026, 8, 24), date(2026, 9, 28)),  # the 24th to the 26th are Chuseok, the 27th a Sunday
        (date(2027, 1, 6), date(2027, 2, 10)),  # Seollal at a weekend, with its substitute holiday
        (date(2026, 11, 24), date(2026, 12, 24)),
    ],
)
def test_a_due_date_on_a_day_off_moves_to_the_next_working_day(day, then):
    assert answer_due(day) == then
    assert is_working_day(then)


def test_three_working_days_step_over_chuseok():
    assert deemed_received_on(date(2026, 9, 22)) == date(2026, 9, 29)
    assert after_working_days(date(2026, 9, 23), 1) == date(2026, 9, 28)


def test_a_stop_moves_the_due_date_by_its_days_and_off_the_weekend():
    assert answer_due(date(2026, 11, 9), stopped_days=3) == date(2026, 12, 14)  # the 12th is a Saturday
    assert working_day_from(date(2026, 12, 12)) == date(2026, 12, 14)


def test_the_numbers_of_the_decree_stand_in_the_data():
    found = {key: rule_value(key) for key in ("answer", "correction", "reexamination", "deemed_receipt")}
    assert found == {"answer": 1, "correction": 7, "reexamination": 15, "deemed_receipt": 3}
    assert rules()["answer"].citation == "「국민 제안 규정」 제10조제1항(대통령령 제32787호, 2022. 7. 11.)"
    assert rules()["deemed_receipt"].is_house_rule
    with pytest.raises(KeyError):
        rule_value("transfer")
    assert last_day_for("reexamination", date(2026, 11, 27)) == date(2026, 12, 14)  # the 12th is a Saturday

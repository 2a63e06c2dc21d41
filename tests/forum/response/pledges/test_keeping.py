from __future__ import annotations

from datetime import date

import pytest

from forum.response.pledges.keeping import Period, is_kept, is_reminder_day, n_periods_over, period_of, strip_of
from forum.response.pledges.models import CheckIn, CheckInOutcome, Pledge, Rhythm

SATURDAY = date(2026, 11, 28)


def pledge(**values):
    return Pledge(**({"rhythm": Rhythm.WEEK, "starts_on": date(2026, 11, 11), "reminder_weekday": 5} | values))


def test_a_day_a_week_from_monday_and_a_month_are_periods():
    assert period_of(Rhythm.DAY, SATURDAY) == Period(SATURDAY, SATURDAY)
    assert period_of(Rhythm.WEEK, SATURDAY) == Period(date(2026, 11, 23), date(2026, 11, 29))
    assert period_of(Rhythm.MONTH, SATURDAY) == Period(date(2026, 11, 1), date(2026, 11, 30))
    assert period_of(Rhythm.MONTH, date(2024, 2, 29)).last == date(2024, 2, 29)
    assert SATURDAY in period_of(Rhythm.WEEK, SATURDAY)


@pytest.mark.parametrize(
    ("rhythm", "starts_on", "over"),
    [
        (Rhythm.DAY, date(2026, 11, 25), 3),
        (Rhythm.WEEK, date(2026, 11, 22), 1),
        (Rhythm.WEEK, date(2026, 11, 23), 0),
        (Rhythm.MONTH, date(2025, 10, 31), 13),
        (Rhythm.MONTH, date(2026, 12, 1), 0),
    ],
)
def test_only_periods_that_are_over_are_counted(rhythm, starts_on, over):
    assert n_periods_over(rhythm, starts_on, SATURDAY) == over
    assert n_periods_over(rhythm, starts_on, SATURDAY, stopped_on=starts_on) == 0


@pytest.mark.parametrize(
    ("over", "kept", "is_it"), [(2, 2, False), (3, 2, True), (3, 1, False), (4, 2, True), (0, 0, False)]
)
def test_kept_is_half_of_at_least_three(over, kept, is_it):
    assert is_kept(over, kept) is is_it


def test_reminders_come_each_day_on_a_weekday_or_on_the_months_first():
    assert is_reminder_day(pledge(rhythm=Rhythm.DAY), SATURDAY)
    assert is_reminder_day(pledge(), SATURDAY)
    assert not is_reminder_day(pledge(reminder_weekday=4), SATURDAY)
    assert not is_reminder_day(pledge(rhythm=Rhythm.MONTH), SATURDAY)
    assert is_reminder_day(pledge(rhythm=Rhythm.MONTH), date(2026, 11, 7))


def test_the_strip_shows_each_period_once_up_to_the_present_or_the_last():
    monday = date(2026, 11, 16)
    made = CheckIn(period_from=monday, period_until=date(2026, 11, 22), outcome=CheckInOutcome.SOME)
    strip = strip_of(pledge(check_ins=[made]), SATURDAY)
    assert [(one.period.first.day, one.check_in, one.is_now) for one in strip] == [
        (9, None, False),
        (16, made, False),
        (23, None, True),
    ]
    assert [one.is_now for one in strip_of(pledge(stopped_on=date(2026, 11, 17)), SATURDAY)] == [False, False]
    assert strip_of(pledge(starts_on=date(2026, 12, 1)), SATURDAY) == []
    assert len(strip_of(pledge(rhythm=Rhythm.DAY, starts_on=date(2026, 1, 1)), SATURDAY)) == 28

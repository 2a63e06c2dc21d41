"""Periods of a pledge, and when it counts as kept. Pure.

A pledge is kept if at least `FEWEST_PERIODS` of its periods are over and in at least half of them somebody checked in
with 했어요 or 조금 했어요. A period without a check-in counts as not kept. Weeks run from Monday to Sunday.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from forum.response.pledges.models import CheckIn, CheckInOutcome, Pledge, Rhythm

FEWEST_PERIODS = 3
KEPT = frozenset({CheckInOutcome.DONE, CheckInOutcome.SOME})
SHOWN_PERIODS = {Rhythm.DAY: 28, Rhythm.WEEK: 12, Rhythm.MONTH: 12}
"""How many periods the strip on a pledge's page has."""


@dataclass(frozen=True, order=True)
class Period:
    """A day, a week or a month, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def period_of(rhythm: Rhythm, day: date) -> Period:
    """Return the period that a day is in."""
    if rhythm is Rhythm.DAY:
        return Period(day, day)
    if rhythm is Rhythm.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6))
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def n_periods_over(rhythm: Rhythm, starts_on: date, today: date, stopped_on: date | None = None) -> int:
    """Return how many periods are over, from that of the first day on; without the one in which it was stopped."""
    last = min(today, stopped_on) if stopped_on else today
    now, first = period_of(rhythm, last).first, period_of(rhythm, starts_on).first
    if now <= first:
        return 0
    if rhythm is Rhythm.MONTH:
        return (now.year - first.year) * 12 + now.month - first.month
    return (now - first).days // (1 if rhythm is Rhythm.DAY else 7)


def is_kept(n_over: int, n_kept: int) -> bool:
    """Return whether a pledge counts as kept.

    :param n_over: periods that are over
    :param n_kept: how many of them have a check-in 했어요 or 조금 했어요
    """
    return n_over >= FEWEST_PERIODS and 2 * n_kept >= n_over


def is_reminder_day(pledge: Pledge, today: date) -> bool:
    """Return whether the pledge's reminder is due today: each day, its weekday, or the month's first such weekday."""
    if pledge.rhythm is Rhythm.DAY:
        return True
    if today.weekday() != pledge.reminder_weekday:
        return False
    return pledge.rhythm is Rhythm.WEEK or today.day <= 7  # the first seven days have each weekday once


@dataclass(frozen=True)
class Square:
    """One period on the strip of a pledge. `check_in` is None where nobody checked in."""

    period: Period
    check_in: CheckIn | None
    is_now: bool


def strip_of(pledge: Pledge, today: date) -> list[Square]:
    """Return the latest periods of a pledge, the oldest first; none before it starts."""
    made: Mapping[date, CheckIn] = {one.period_from: one for one in pledge.check_ins}
    end = min(today, pledge.stopped_on) if pledge.stopped_on else today
    if end < pledge.starts_on:
        return []
    squares: list[Square] = []
    period, first = period_of(pledge.rhythm, end), period_of(pledge.rhythm, pledge.starts_on)
    while period >= first and len(squares) < SHOWN_PERIODS[pledge.rhythm]:
        is_now = pledge.stopped_on is None and today in period
        squares.append(Square(period, made.get(period.first), is_now))
        period = period_of(pledge.rhythm, period.first - timedelta(days=1))
    return squares[::-1]

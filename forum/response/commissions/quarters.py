"""Quarters of the year, and when the report on each is due. Nothing here asks the database."""

from __future__ import annotations

import re
from datetime import date, timedelta

from forum.core.i18n import _

DUE_DAY = 15
"""A report is due on this day of the month after its quarter."""
_CODE = re.compile(r"(20[0-9]{2})-([1-4])")


def quarter_of(day: date) -> date:
    """Return the first day of a day's quarter."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def next_quarter(quarter_from: date) -> date:
    """Return the first day of the quarter after."""
    return quarter_of(quarter_from + timedelta(days=100))


def last_day_of(quarter_from: date) -> date:
    return next_quarter(quarter_from) - timedelta(days=1)


def due_day(quarter_from: date) -> date:
    """Return the day by which the report on a quarter is due."""
    return next_quarter(quarter_from).replace(day=DUE_DAY)


def quarter_code(quarter_from: date) -> str:
    """Return how addresses name a quarter: 2027-1."""
    return f"{quarter_from.year}-{_number(quarter_from)}"


def quarter_words(quarter_from: date) -> str:
    return _("%(year)s년 %(n)s분기", year=quarter_from.year, n=_number(quarter_from))


def parse_quarter(code: str) -> date | None:
    """Return the first day of the quarter that an address names; None if it names none."""
    found = _CODE.fullmatch(code)
    return date(int(found[1]), 3 * int(found[2]) - 2, 1) if found else None


def _number(quarter_from: date) -> int:
    return (quarter_from.month + 2) // 3

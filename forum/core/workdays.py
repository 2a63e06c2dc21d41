"""Working days and the periods of the national proposal decree (국민 제안 규정), counted as the Civil Code counts.

The numbers and the sentences they come from stand in `data/rules/national_proposals.csv`, each with its article, its
decree's number and date, and whether the text itself was read or the rule is the forum's own. `docs/clock.md` explains.
"""

from __future__ import annotations

import calendar
import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

from forum.core.reference import DATA_DIR

SATURDAY = 5
RULES_FILE = DATA_DIR / "rules" / "national_proposals.csv"


@dataclass(frozen=True)
class Rule:
    """One sentence that the clock obeys. `value` is None where the sentence names no number."""

    key: str
    value: int | None
    unit: str
    law: str
    article: str
    number: str
    promulgated_on: str
    effective_on: str
    quote: str
    source: str
    confirmed: str
    """"text": the article itself was read in a copy of the law; "house": the forum's own rule."""

    @property
    def is_house_rule(self) -> bool:
        return self.confirmed == "house"

    @property
    def citation(self) -> str:
        """국민 제안 규정 제10조제1항(대통령령 제32787호)"""
        number = f"({self.number})" if self.number else ""
        return f"{self.law} {self.article}{number}".strip()


@cache
def rules() -> dict[str, Rule]:
    """The rules by key, in the order of the file."""
    with RULES_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["key"]: Rule(value=int(row.pop("value") or 0) or None, **row) for row in rows}


def rule_value(key: str) -> int:
    """:raise KeyError: no such rule, or one that names no number"""
    value = rules()[key].value
    if value is None:
        raise KeyError(key)
    return value


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("KR", years=year))


def is_working_day(day: date) -> bool:
    """Neither Saturday nor Sunday nor a public holiday of Korea."""
    return day.weekday() < SATURDAY and day not in _public_holidays(day.year)


def working_day_from(day: date) -> date:
    """`day` itself or, where nobody works on it, the next day on which they do (Civil Code 161)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def after_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`; `day` itself does not count (Civil Code 157)."""
    for _ in range(count):
        day = working_day_from(day + timedelta(days=1))
    return day


def months_after(day: date, months: int) -> date:
    """Last day of a period of months whose first day is not counted (Civil Code 157 and 160).

    The period begins on the next day. A period from the first of a month ends with a month's end; one that would end
    on a day its last month does not have ends with that month.
    """
    start = day + timedelta(days=1)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    month += 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, last) if start.day > last else date(year, month, start.day) - timedelta(days=1)


def answer_due(start: date, stopped_days: int = 0, key: str = "answer") -> date:
    """Day by which an answer is due whose clock began on `start` and stood still for `stopped_days`."""
    return working_day_from(months_after(start, rule_value(key)) + timedelta(days=stopped_days))


def deemed_received_on(sent_on: date) -> date:
    """Day from whose end on an untouched letter counts as received."""
    return after_working_days(sent_on, rule_value("deemed_receipt"))


def last_day_for(key: str, since: date) -> date:
    """Last day of a right that lasts so many days after `since`, moved off holidays: "correction", "transfer_by"…"""
    return working_day_from(since + timedelta(days=rule_value(key)))

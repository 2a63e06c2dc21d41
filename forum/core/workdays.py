"""Working days and the periods of the national proposal decree (국민 제안 규정), counted as the Civil Code counts.

`data/rules/national_proposals.csv` has the numbers and the sentences they come from, each with its article, the number
and date of its decree, and whether the text itself was read or the rule is the forum's own. `docs/clock.md` explains.
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
    """One legal sentence that the clock follows. `value` is None if the sentence names no number."""

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
    """Where it was read: for docs/clock.md, never shown."""
    confirmed: str
    """"text": the article itself was read, in the copy that `source` names; "house": the forum's own rule."""

    @property
    def is_house_rule(self) -> bool:
        return self.confirmed == "house"

    @property
    def citation(self) -> str:
        """「국민 제안 규정」 제10조제1항(대통령령 제32787호, 2022. 7. 11.)"""
        if self.is_house_rule:
            return self.law
        day = date.fromisoformat(self.promulgated_on)
        return f"「{self.law}」 {self.article}({self.number}, {day.year}. {day.month}. {day.day}.)"


@cache
def rules() -> dict[str, Rule]:
    """Return the rules by key, in the order of the file."""
    with RULES_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["key"]: Rule(value=int(row.pop("value") or 0) or None, **row) for row in rows}


def rule_value(key: str) -> int:
    """Return the number that a rule names.

    :raise KeyError: no such rule, or one that names no number
    """
    value = rules()[key].value
    if value is None:
        raise KeyError(key)
    return value


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("KR", years=year))


def is_working_day(day: date) -> bool:
    """Return whether `day` is neither Saturday nor Sunday nor a public holiday of Korea."""
    return day.weekday() < SATURDAY and day not in _public_holidays(day.year)


def working_day_from(day: date) -> date:
    """Return `day` itself if it is a working day, else the next working day (Civil Code 161)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def after_working_days(day: date, count: int) -> date:
    """Return the `count`-th working day after `day`; `day` itself does not count (Civil Code 157)."""
    for _ in range(count):
        day = working_day_from(day + timedelta(days=1))
    return day


def months_after(day: date, months: int) -> date:
    """Return the last day of a period of months whose first day is not counted (Civil Code 157 and 160).

    The period begins on the next day. A period that begins on the first of a month ends at a month's end. If the last
    month lacks the day on which the period would end, the period ends with that month.
    """
    start = day + timedelta(days=1)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    month += 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, last) if start.day > last else date(year, month, start.day) - timedelta(days=1)


def answer_due(start: date, stopped_days: int = 0, key: str = "answer") -> date:
    """Return the due date of an answer whose clock started on `start` and was stopped for `stopped_days`."""
    return working_day_from(months_after(start, rule_value(key)) + timedelta(days=stopped_days))


def deemed_received_on(sent_on: date) -> date:
    """Return the day at whose end a letter that nobody acknowledged counts as received."""
    return after_working_days(sent_on, rule_value("deemed_receipt"))


def last_day_for(key: str, since: date) -> date:
    """Return the last day of a right that lasts a rule's days after `since`, moved to a working day.

    :param key: such as "correction" or "transfer_by"
    """
    return working_day_from(since + timedelta(days=rule_value(key)))

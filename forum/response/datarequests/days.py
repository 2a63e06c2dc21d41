"""How long each step of a request may take. The pages say these numbers; `docs/data-requests.md` says why."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from forum.core.clock import SEOUL
from forum.core.workdays import after_working_days, working_day_from

PANEL_DAYS = 10
"""Working days in which the panel reviews before the holder may decide without it."""
DECISION_DAYS = 20
"""Working days in which the holder decides."""
APPEAL_WITHIN_DAYS = 30
APPEAL_ANSWER_DAYS = 10
"""Working days."""
LONGEST_USE = timedelta(days=3 * 366)
MIN_PANEL = 3
"""Members that the panel needs before requests can come, and reviews after which the holder may decide."""
KEEP_WORDS = timedelta(days=3 * 365)
"""Who works with the rows and how they are kept safe is deleted this long after the use ended."""


def panel_due(start: date) -> date:
    return after_working_days(start, PANEL_DAYS)


def decision_due(start: date) -> date:
    return after_working_days(start, DECISION_DAYS)


def appeal_answer_due(start: date) -> date:
    return after_working_days(start, APPEAL_ANSWER_DAYS)


def last_day_to_appeal(decided_on: date) -> date:
    return working_day_from(decided_on + timedelta(days=APPEAL_WITHIN_DAYS))


def day_of(moment: datetime) -> date:
    """Return the day in Seoul."""
    return moment.astimezone(SEOUL).date()

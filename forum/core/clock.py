"""The current time. Stored in UTC, shown in Seoul time.

`at()` fixes the time: the sample forum uses it for believable dates, tests for moments such as a phase's last second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years that people may type. Others are slips, and a year such as 9999 leaves no day to count on to."""
_pinned: ContextVar[datetime | None] = ContextVar("forum_clock", default=None)


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return _pinned.get() or datetime.now(UTC)


def today() -> date:
    """Return today's date in Seoul."""
    return now().astimezone(SEOUL).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let `now()` return `moment` inside the block."""
    if moment.tzinfo is None:
        raise ValueError("a naive moment has no time zone")
    token = _pinned.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _pinned.reset(token)

"""What time it is. Kept in UTC, shown in Seoul.

`at()` lets the sample forum live through its weeks with believable dates, and a test stand at a phase's last second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
_pinned: ContextVar[datetime | None] = ContextVar("forum_clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _pinned.get() or datetime.now(UTC)


def today() -> date:
    """Today's date in Seoul."""
    return now().astimezone(SEOUL).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside, `now()` is `moment`."""
    if moment.tzinfo is None:
        raise ValueError("a naive moment has no place on the clock")
    token = _pinned.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _pinned.reset(token)

"""One event as an iCalendar file (RFC 5545), which calendars of phones and computers take in and keep up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import current_app
from icalendar import Calendar, Event

from forum.core.i18n import _

CONTENT_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Net-Zero Forum//{name}//KO"


@dataclass(frozen=True)
class CalendarEvent:
    """An event for everybody: no address of a video call belongs into it.

    :param key: names it for good, such as `gathering-12`: a calendar replaces what it took in before
    :param revision: grows with each change
    :param changed_at: when it was last changed
    :param parts: paragraphs of its description; empty ones are left out
    """

    product: str
    key: str
    title: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    revision: int
    url: str
    parts: tuple[str, ...] = ()
    place: str = ""
    is_cancelled: bool = False
    is_sample: bool = False


def calendar_file(event: CalendarEvent) -> bytes:
    """Return the file of an event. Times are UTC, which every calendar shows in its own zone."""
    calendar, entry = Calendar(), Event()
    calendar.add("prodid", PRODUCT.format(name=event.product))
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if event.is_cancelled else "PUBLISH")
    entry.add("uid", f"{event.key}@{urlsplit(str(current_app.config['BASE_URL'])).hostname}")
    entry.add("dtstamp", event.changed_at.astimezone(UTC))
    entry.add("last-modified", event.changed_at.astimezone(UTC))
    entry.add("sequence", event.revision)
    entry.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", _summary(event))
    entry.add("description", "\n\n".join(part for part in (*event.parts, event.url) if part))
    entry.add("url", event.url)
    if event.place:
        entry.add("location", event.place)
    calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _summary(event: CalendarEvent) -> str:
    title = _("[예시] %(title)s", title=event.title) if event.is_sample else event.title
    return _("[취소] %(title)s", title=title) if event.is_cancelled else title

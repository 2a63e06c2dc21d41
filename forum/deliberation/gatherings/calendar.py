"""A gathering as an iCalendar file (RFC 5545), which calendars of phones and computers take in and keep up to date."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlsplit

from flask import current_app
from icalendar import Calendar, Event

from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.gatherings.models import Gathering, GatheringState

CONTENT_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Net-Zero Forum//Gatherings//KO"


def calendar_of(gathering: Gathering) -> bytes:
    """Return the file of an announced gathering.

    The UID stays and the SEQUENCE grows with each change, so that a calendar replaces what it took in before. Times are
    UTC, which every calendar shows in its own zone. The online address is left out: the file is for everybody.
    """
    assert gathering.starts_at is not None
    assert gathering.ends_at is not None
    link, is_cancelled = link_to("gatherings.show", gathering_id=gathering.id), _is_cancelled(gathering)
    calendar, event = Calendar(), Event()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    event.add("uid", f"gathering-{gathering.id}@{urlsplit(str(current_app.config['BASE_URL'])).hostname}")
    event.add("dtstamp", gathering.updated_at.astimezone(UTC))
    event.add("last-modified", gathering.updated_at.astimezone(UTC))
    event.add("sequence", gathering.revision)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("dtstart", gathering.starts_at.astimezone(UTC))
    event.add("dtend", gathering.ends_at.astimezone(UTC))
    event.add("summary", _summary(gathering))
    event.add("description", _description(gathering, link))
    event.add("url", link)
    place = " ".join(part for part in (gathering.place_name, gathering.address) if part)
    if place:
        event.add("location", place)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _is_cancelled(gathering: Gathering) -> bool:
    return gathering.state is GatheringState.CANCELLED


def _summary(gathering: Gathering) -> str:
    title = _("[예시] %(title)s", title=gathering.title) if gathering.campaign.is_sample else gathering.title
    return _("[취소] %(title)s", title=title) if _is_cancelled(gathering) else title


def _description(gathering: Gathering, link: str) -> str:
    reason = _("취소된 까닭: %(reason)s", reason=gathering.cancel_reason) if _is_cancelled(gathering) else ""
    return "\n\n".join(part for part in (reason, gathering.summary, gathering.access_notes, link) if part)

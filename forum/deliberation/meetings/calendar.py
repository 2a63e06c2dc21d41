"""A council meeting as an iCalendar file (RFC 5545)."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlsplit

from flask import current_app
from icalendar import Calendar, Event

from forum.core import clock
from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.meetings.models import CouncilMeeting, MeetingState

CONTENT_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Net-Zero Forum//Council//KO"


def calendar_of(meeting: CouncilMeeting) -> bytes:
    """Return the file of a meeting, with its agenda. The video link is left out: the file is for everybody.

    The UID stays and the SEQUENCE grows with each change, so that a calendar replaces what it took in before.
    """
    link, is_cancelled = link_to("meetings.show", meeting_id=meeting.id), meeting.state is MeetingState.CANCELLED
    calendar, event = Calendar(), Event()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    event.add("uid", f"council-meeting-{meeting.id}@{urlsplit(str(current_app.config['BASE_URL'])).hostname}")
    event.add("dtstamp", clock.now().astimezone(UTC))
    event.add("sequence", meeting.revision)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", _summary(meeting, is_cancelled))
    event.add("description", _description(meeting, link))
    event.add("url", link)
    event.add("location", meeting.place or _("화상 회의"))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def is_sample(meeting: CouncilMeeting) -> bool:
    """Return whether the meeting is of a round of the sample forum."""
    return meeting.round is not None and meeting.round.campaign.is_sample


def _summary(meeting: CouncilMeeting, is_cancelled: bool) -> str:
    title = _("[예시] %(title)s", title=meeting.title) if is_sample(meeting) else meeting.title
    return _("[취소] %(title)s", title=title) if is_cancelled else title


def _description(meeting: CouncilMeeting, link: str) -> str:
    reason = _("취소된 까닭: %(reason)s", reason=meeting.cancel_reason) if meeting.cancel_reason else ""
    agenda = "\n".join(f"{item.position}. {item.title}" for item in meeting.agenda)
    return "\n\n".join(part for part in (reason, agenda, link) if part)

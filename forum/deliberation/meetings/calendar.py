"""A council meeting as an iCalendar file."""

from __future__ import annotations

from forum.core.calendars import CONTENT_TYPE, CalendarEvent, calendar_file
from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.meetings.models import CouncilMeeting, MeetingState

__all__ = ["CONTENT_TYPE", "calendar_of", "is_sample"]


def calendar_of(meeting: CouncilMeeting) -> bytes:
    """Return the file of a meeting, with its agenda. The video link is left out: the file is for everybody.

    Calendars follow its revision; when it was changed is known only of opening and closing.
    """
    reason = _("취소된 까닭: %(reason)s", reason=meeting.cancel_reason) if meeting.cancel_reason else ""
    return calendar_file(
        CalendarEvent(
            product="Council",
            key=f"council-meeting-{meeting.id}",
            title=meeting.title,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            changed_at=meeting.closed_at or meeting.opened_at or meeting.created_at,
            revision=meeting.revision,
            url=link_to("meetings.show", meeting_id=meeting.id),
            parts=(reason, "\n".join(f"{item.position}. {item.title}" for item in meeting.agenda)),
            place=meeting.place or _("화상 회의"),
            is_cancelled=meeting.state is MeetingState.CANCELLED,
            is_sample=is_sample(meeting),
        )
    )


def is_sample(meeting: CouncilMeeting) -> bool:
    """Return whether the meeting is of a round of the sample forum."""
    return meeting.round is not None and meeting.round.campaign.is_sample

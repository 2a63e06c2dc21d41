"""A hearing as an iCalendar file."""

from __future__ import annotations

from datetime import timedelta

from forum.core.calendars import CalendarEvent, calendar_file
from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.hearings.models import Hearing, HearingState


def calendar_of(hearing: Hearing) -> bytes:
    """Return the file of a hearing. The video link is left out: the file is for everybody."""
    is_cancelled = hearing.state is HearingState.CANCELLED
    reason = _("취소된 까닭: %(reason)s", reason=hearing.cancel_reason) if is_cancelled else ""
    return calendar_file(
        CalendarEvent(
            product="Hearings",
            key=f"hearing-{hearing.id}",
            title=_("직접 설명: %(title)s", title=hearing.task.title),
            starts_at=hearing.starts_at,
            ends_at=hearing.starts_at + timedelta(minutes=hearing.minutes),
            changed_at=hearing.created_at,
            revision=hearing.revision,
            url=link_to("hearings.show", hearing_id=hearing.id),
            parts=(reason, hearing.task.summary),
            place=hearing.place or _("화상 회의"),
            is_cancelled=is_cancelled,
            is_sample=hearing.task.round.campaign.is_sample,
        )
    )

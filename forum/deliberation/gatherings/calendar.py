"""A gathering as an iCalendar file."""

from __future__ import annotations

from forum.core.calendars import CONTENT_TYPE, CalendarEvent, calendar_file
from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.gatherings.models import Gathering, GatheringState

__all__ = ["CONTENT_TYPE", "calendar_of"]


def calendar_of(gathering: Gathering) -> bytes:
    """Return the file of an announced gathering. The online address is left out: the file is for everybody."""
    assert gathering.starts_at is not None
    assert gathering.ends_at is not None
    is_cancelled = gathering.state is GatheringState.CANCELLED
    reason = _("취소된 까닭: %(reason)s", reason=gathering.cancel_reason) if is_cancelled else ""
    return calendar_file(
        CalendarEvent(
            product="Gatherings",
            key=f"gathering-{gathering.id}",
            title=gathering.title,
            starts_at=gathering.starts_at,
            ends_at=gathering.ends_at,
            changed_at=gathering.updated_at,
            revision=gathering.revision,
            url=link_to("gatherings.show", gathering_id=gathering.id),
            parts=(reason, gathering.summary, gathering.access_notes),
            place=" ".join(part for part in (gathering.place_name, gathering.address) if part),
            is_cancelled=is_cancelled,
            is_sample=gathering.campaign.is_sample,
        )
    )

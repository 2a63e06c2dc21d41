"""중간 답변: where a ministry says it stands before it answers. It changes neither the state nor the clock."""

from __future__ import annotations

from collections.abc import Iterable

from forum.core.i18n import _
from forum.core.korean import short_day
from forum.response.referrals.models import EventType, ReferralEvent


def interim_words(event: ReferralEvent) -> str:
    """Return in a sentence that a ministry gave an interim answer, and by when it expects to answer, if it said so.

    The text itself is `event.reason`, the day `event.until_on`. Read the ministry with the event (`events_of`).

    :param event: an `EventType.INTERIM_ANSWERED`
    """
    assert event.assignment is not None, "an interim answer is one ministry's"
    ministry = event.assignment.ministry.name
    if event.until_on is None:
        return _("%(ministry)s{이} 어디까지 살펴봤는지 알렸어요(중간 답변).", ministry=ministry)
    return _(
        "%(ministry)s{이} 어디까지 살펴봤는지 알렸어요(중간 답변). %(day)s까지 답하려고 한대요.",
        ministry=ministry,
        day=short_day(event.until_on),
    )


def interim_answers(events: Iterable[ReferralEvent]) -> list[ReferralEvent]:
    """Return the interim answers among a letter's events, the newest first."""
    return [event for event in events if event.act is EventType.INTERIM_ANSWERED][::-1]

"""Remind those who explain, the day before."""

from __future__ import annotations

from datetime import timedelta

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.hearings.mails import notify_of_tomorrow
from forum.deliberation.hearings.models import Hearing, HearingState
from forum.deliberation.hearings.queries import hearings_to_remind

DAY_BEFORE = timedelta(hours=24)


def remind_of_tomorrow() -> int:
    """Remind those who come to a hearing within a day, once. Commits nothing; the periodic task's runner does.

    :return: how many hearings
    """
    n = 0
    for hearing in hearings_to_remind(clock.now() + DAY_BEFORE):
        db.session.refresh(hearing, with_for_update={"of": Hearing})
        if hearing.reminded_at is None and hearing.state is HearingState.PLANNED:
            hearing.reminded_at = clock.now()
            db.session.flush()
            notify_of_tomorrow(hearing)
            n += 1
    return n

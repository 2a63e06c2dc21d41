"""Remind those who asked for it of the present period of their pledge."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.response.pledges.keeping import is_reminder_day
from forum.response.pledges.mails import remind_of_check_in
from forum.response.pledges.models import Pledge, PledgeState
from forum.response.pledges.queries import waits_for_check_in

FROM_HOUR = 9
"""Seoul time: nobody is woken by a reminder."""


def remind(pledge_id: int) -> bool:
    """Send one reminder if it is still due, once a day. The caller commits.

    The pledge is locked: it may have been kept, changed or stopped since the list was made, or another worker sent it.
    """
    today = clock.today()
    query = sa.select(Pledge).where(Pledge.id == pledge_id).with_for_update(of=Pledge)
    pledge = db.session.scalar(query.execution_options(populate_existing=True))
    if pledge is None or not pledge.reminds or pledge.stopped_on is not None or pledge.reminded_on == today:
        return False
    is_due = pledge.state is PledgeState.VISIBLE and is_reminder_day(pledge, today) and waits_for_check_in(pledge)
    if not is_due or pledge.author.account is None or not pledge.author.account.active:
        return False
    pledge.reminded_on = today
    remind_of_check_in(pledge)
    db.session.flush()
    return True


def is_time() -> bool:
    """Is it late enough in the day?"""
    return clock.now().astimezone(clock.SEOUL).hour >= FROM_HOUR

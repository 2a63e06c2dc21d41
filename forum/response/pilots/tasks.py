from __future__ import annotations

from forum.core.database import reading
from forum.core.extensions import db
from forum.response.pilots.reminders import due_reminders
from forum.system.jobs.registry import periodic_task


@periodic_task("pilots.remind")
def remind() -> int:
    """Send what is due today, each reminder in a transaction of its own. Safe at any time and in two workers at once.

    :return: number of reminders sent
    """
    with reading():
        duties = due_reminders()
        db.session.rollback()
    sent = 0
    for duty in duties:
        sent += int(duty())
        db.session.commit()
    return sent

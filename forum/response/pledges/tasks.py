from __future__ import annotations

from forum.core import clock
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.response.pledges.queries import pledges_to_remind
from forum.response.pledges.reminders import is_time, remind
from forum.system.jobs.registry import periodic_task


@periodic_task("pledges.remind")
def remind_all() -> int:
    """Send what is due today, each reminder in a transaction of its own. Safe at any time and in two workers at once.

    :return: number of reminders sent
    """
    if not is_time():
        return 0
    with reading():
        due = pledges_to_remind(clock.today())
        db.session.rollback()
    n_sent = 0
    for pledge_id in due:
        n_sent += int(remind(pledge_id))
        failpoint("pledges.reminding")
        db.session.commit()
    return n_sent

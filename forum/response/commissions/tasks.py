from __future__ import annotations

from forum.core.database import reading
from forum.core.extensions import db
from forum.response.commissions.queries import reports_to_remind
from forum.response.commissions.services import open_reports, remind_of
from forum.system.jobs.registry import periodic_task


@periodic_task("commissions.report")
def ask_for_reports() -> int:
    """Open the quarter's reports, and remind of those that are due. Safe at any time and in two workers at once.

    :return: number of reminders sent; each is a transaction of its own
    """
    open_reports()
    db.session.commit()
    with reading():
        due = reports_to_remind()
        db.session.rollback()
    sent = 0
    for report_id in due:
        sent += int(remind_of(report_id))
        db.session.commit()
    return sent

from __future__ import annotations

from forum.administration.mydata.services import delete_overdue_account, overdue_account_ids
from forum.core.extensions import db
from forum.system.jobs.registry import periodic_task


@periodic_task("mydata.delete_whose_time_is_up")
def delete_overdue_accounts() -> int:
    """Delete the accounts of children without a consent in time, with a commit after each; return how many."""
    account_ids = overdue_account_ids()
    db.session.rollback()
    for account_id in account_ids:
        delete_overdue_account(account_id)
        db.session.commit()
    return len(account_ids)

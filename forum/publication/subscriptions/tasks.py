from __future__ import annotations

from flask import current_app

from forum.core import clock
from forum.core.extensions import db
from forum.publication.subscriptions.services import delete_unconfirmed, write_batch_of_mails
from forum.system.jobs.registry import periodic_task
from forum.system.notices.holding import do_mailings_wait


@periodic_task("subscriptions.mail")
def write_mails() -> int:
    """Write the mails that are due, from the hour on at which daily mails are written; return how many.

    While mailings are held, none is written: what came out meanwhile then stands in one mail. Safe to run at any time,
    and in two workers at once.
    """
    n_written = 0
    if clock.now().astimezone(clock.SEOUL).hour < int(current_app.config["DAILY_MAIL_FROM_HOUR"]) or do_mailings_wait():
        return n_written
    while (n := write_batch_of_mails()) is not None:
        db.session.commit()
        n_written += n
    db.session.rollback()
    return n_written


@periodic_task("subscriptions.forget")
def forget_unconfirmed() -> int:
    """Delete addresses that nobody confirmed in time; return how many."""
    n_deleted = delete_unconfirmed()
    db.session.commit()
    return n_deleted

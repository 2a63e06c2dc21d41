"""Periodic tasks that send the outbox and write the daily mails, with a commit after each mail or batch."""

from __future__ import annotations

from flask import current_app

from forum.core import clock
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.system.jobs.registry import periodic_task
from forum.system.notices.daily import queue_daily_mails
from forum.system.notices.holding import do_mailings_wait
from forum.system.notices.services import (
    DAILY_MAIL_TASK,
    MAIL_TASK,
    ClaimedMail,
    claim_mail,
    drop_outdated_mail,
    mail_transport,
    send_mail,
)


@periodic_task(MAIL_TASK)
def send_waiting_mail() -> int:
    """Drop outdated mails, and send every mail that is due; return how many were sent.

    Safe to run in two workers at once, and again after a kill.
    """
    n_sent = 0
    drop_outdated_mail()
    db.session.commit()
    carrier = mail_transport()
    while (mail := _claim_next()) is not None:
        failpoint("mail.claimed")
        n_sent += send_mail(mail, carrier)
        db.session.commit()
    return n_sent


def _claim_next() -> ClaimedMail | None:
    mail = claim_mail()
    db.session.commit()  # a slow mail server must not hold a transaction open
    return mail


@periodic_task(DAILY_MAIL_TASK)
def write_daily_mail() -> int:
    """Write one mail per person and day with all notices that wait for it; return how many mails were written.

    While mailings are held, none is written: notices wait, and then stand in one mail. Safe to run at any time, and in
    two workers at once.
    """
    n_written = 0
    if clock.now().astimezone(clock.SEOUL).hour < int(current_app.config["DAILY_MAIL_FROM_HOUR"]) or do_mailings_wait():
        return n_written
    while (n := queue_daily_mails(clock.today())) is not None:
        db.session.commit()
        n_written += n
    db.session.rollback()
    return n_written

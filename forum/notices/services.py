from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from forum import clock
from forum.access import Actor, require
from forum.extensions import db
from forum.failpoints import failpoint
from forum.jobs.services import ask_for_errand
from forum.mail import MailError, compose, transport
from forum.notices.models import MailState, Notice, OutboxMail

log = structlog.get_logger()
MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(minutes=1)
CLAIM = timedelta(minutes=2)  # longer than one mail may take; a killed worker's mail is tried again after it
MAIL_ERRAND = "notices.send_waiting_mail"


def tell(account_id: int, kind: str, text: str, path: str) -> Notice:
    """Put a line on somebody's notice page. The caller commits.

    :param path: where on this site it leads, beginning with "/"
    """
    notice = Notice(account_id=account_id, kind=kind, text=text, path=path)
    db.session.add(notice)
    return notice


def mark_all_read(actor: Actor) -> None:
    """The caller commits."""
    require(actor.id is not None)
    db.session.execute(
        sa.update(Notice)
        .where(Notice.account_id == actor.id, Notice.read_at.is_(None))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def tell_all(account_ids: Iterable[int], kind: str, text: str, path: str) -> None:
    """The same line for many people, in one statement. The caller commits."""
    now = clock.now()
    rows = [
        {"account_id": account_id, "kind": kind, "text": text, "path": path, "created_at": now}
        for account_id in account_ids
    ]
    if rows:
        db.session.execute(sa.insert(Notice), rows)


def queue_mail(recipient: str, subject: str, body: str, key: str) -> None:
    """Write a mail into the outbox. The caller commits: no commit, no mail; a worker sends it afterwards.

    :param key: says which mail to whom this is ("answer:12:7"); a key that is there already writes nothing
    """
    queue_mails({recipient: key}, subject, body)


def queue_mails(keys: Mapping[str, str], subject: str, body: str) -> None:
    """The same mail to many people, each with a key of its own (recipient -> key). The caller commits."""
    now = clock.now()
    shared = {"subject": " ".join(subject.split()), "body": body, "created_at": now, "next_attempt_at": now}
    rows = [shared | {"recipient": recipient, "message_key": key} for recipient, key in keys.items()]
    if rows:
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        db.session.execute(insert(OutboxMail).on_conflict_do_nothing(), rows)
        ask_for_errand(MAIL_ERRAND)


class Claimed(NamedTuple):
    """A mail that this worker alone is sending."""

    id: int
    recipient: str
    subject: str
    body: str
    key: str
    attempts: int


def send_waiting_mail() -> int:
    """Send what is due, and say how many went out. Safe to run in two workers at once, and again after a kill.

    A mail is sent before its row says so: after a kill between the two it goes out a second time with the same
    Message-ID, which beats not going out at all.
    """
    sent = 0
    carrier = transport(current_app._get_current_object())  # type: ignore[attr-defined]
    sender = str(current_app.config["MAIL_FROM"])
    while (mail := _claim_mail()) is not None:
        failpoint("mail.claimed")
        try:
            carrier.send(compose(sender, mail.recipient, mail.subject, mail.body, mail.key), mail.key)
        except MailError as error:
            _note_failure(mail.id, mail.attempts, str(error))
        else:
            sent += 1
            failpoint("mail.carried")
            _note_sent(mail.id)
        db.session.commit()
    return sent


def _claim_mail() -> Claimed | None:
    """Take the next due mail for this worker alone, by moving its next attempt out of everybody's reach. Commits."""
    now = clock.now()
    is_due = sa.and_(OutboxMail.state == MailState.WAITING, OutboxMail.next_attempt_at <= now)
    mail_id = db.session.scalar(sa.select(OutboxMail.id).where(is_due).order_by(OutboxMail.id).limit(1))
    claimed = db.session.execute(
        sa.update(OutboxMail)
        .where(OutboxMail.id == mail_id, is_due)
        .values(next_attempt_at=now + CLAIM, attempts=OutboxMail.attempts + 1)
        .returning(
            OutboxMail.id,
            OutboxMail.recipient,
            OutboxMail.subject,
            OutboxMail.body,
            OutboxMail.message_key,
            OutboxMail.attempts,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.commit()  # a slow mail server must not hold a transaction open
    if claimed is not None:
        return Claimed(*claimed)
    return None if mail_id is None else _claim_mail()  # another worker was faster; there may be more


def _note_sent(mail_id: int) -> None:
    db.session.execute(
        sa.update(OutboxMail)
        .where(OutboxMail.id == mail_id, OutboxMail.state == MailState.WAITING)
        .values(state=MailState.SENT, sent_at=clock.now())
    )


def _note_failure(mail_id: int, attempts: int, error: str) -> None:
    log.warning("mail_not_sent", mail_id=mail_id, attempts=attempts)
    given_up = attempts >= MAX_ATTEMPTS
    db.session.execute(
        sa.update(OutboxMail)
        .where(OutboxMail.id == mail_id)
        .values(
            state=MailState.FAILED if given_up else MailState.WAITING,
            error=error[:1000],
            next_attempt_at=clock.now() + FIRST_RETRY * 2 ** (attempts - 1),
        )
    )

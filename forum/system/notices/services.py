"""Notices and outgoing mail: write them in the caller's transaction, claim and send what is due.

The loops that commit after each mail or batch are in `tasks.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog
from flask import current_app

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import affected, batches, insert_or_ignore
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _
from forum.core.mail import MailError, MailRefused, Transport, compose, transport
from forum.system.audit.services import record
from forum.system.jobs.services import enqueue_task
from forum.system.notices.holding import mailings_wait
from forum.system.notices.leaving import what_is_left
from forum.system.notices.models import MailState, MailStream, Notice, OutboxMail
from forum.system.notices.permissions import can_open_notice, can_resend_mail
from forum.system.notices.streams import leaving_link, who_left

log = structlog.get_logger()
MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(minutes=1)
CLAIM_DURATION = timedelta(minutes=10)
"""Longer than sending one mail can take (a dozen steps of at most MAX_SMTP_TIMEOUT_SECONDS each), so that no second
worker sends it meanwhile. A killed worker's mail is tried again after it."""
MAIL_TASK = "notices.send_waiting_mail"
DAILY_MAIL_TASK = "notices.daily_mail"
MAX_ROWS = 5_000  # rows of one statement


def notify(account_id: int, kind: str, text: str, path: str) -> Notice:
    """Add a line to an account's notice page. The caller commits.

    :param path: the page of this site that it links to, beginning with "/"
    """
    notice = Notice(account_id=account_id, kind=kind, text=text, path=path)
    db.session.add(notice)
    return notice


def mark_all_read(actor: Actor) -> None:
    """Mark all notices of the actor as read. The caller commits."""
    require(actor.id is not None)
    db.session.execute(
        sa.update(Notice)
        .where(Notice.account_id == actor.id, Notice.read_at.is_(None))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def open_notice(notice: Notice, actor: Actor) -> None:
    """Mark a notice as read, with all others that lead to the same page. The caller commits.

    :raise Forbidden: somebody else's notice
    """
    require(can_open_notice(actor, notice))
    same = sa.and_(Notice.account_id == notice.account_id, Notice.path == notice.path, Notice.read_at.is_(None))
    db.session.execute(
        sa.update(Notice).where(same).values(read_at=clock.now()).execution_options(synchronize_session=False)
    )


def notify_all(account_ids: Iterable[int], kind: str, text: str, path: str, in_daily_mail: bool = False) -> None:
    """Add the same line for many people, in few statements. The caller commits.

    :param in_daily_mail: include it in the daily mail too
    """
    shared = {"kind": kind, "text": text, "path": path, "created_at": clock.now(), "in_daily_mail": in_daily_mail}
    for batch in batches(account_ids, MAX_ROWS):
        db.session.execute(sa.insert(Notice), [shared | {"account_id": account_id} for account_id in batch])
        if in_daily_mail:
            enqueue_task(DAILY_MAIL_TASK)


def queue_mail(recipient: str, subject: str, body: str, key: str) -> None:
    """Write a mail into the outbox. The caller commits, and a worker sends it after that.

    :param key: identifies mail and recipient ("answer:12:7"); if the key exists already, nothing is written
    """
    queue_mails({recipient: key}, subject, body)


def queue_mails(keys: Mapping[str, str], subject: str, body: str) -> None:
    """Write the same mail to many people, each with its own key (recipient -> key). The caller commits."""
    shared = {"subject": subject, "body": body}
    _write_mails([shared | {"recipient": recipient, "message_key": key} for recipient, key in keys.items()])


def queue_mail_to_leave(recipient: str, subject: str, body: str, key: str, *, leaving: str) -> None:
    """Write a mailing to somebody without an account, with a link that leaves such mails. The caller commits.

    :param leaving: "kind:code" (`leaving.py`)
    """
    row = {"recipient": recipient, "subject": subject, "body": body, "message_key": key, "leaving": leaving}
    _write_mails([row], is_mailing=True)


def forget_waiting_mails(leaving: str) -> None:
    """Delete the mails not sent yet of something that its reader has left. The caller commits."""
    waiting = sa.and_(OutboxMail.leaving == leaving, OutboxMail.state == MailState.WAITING)
    db.session.execute(sa.delete(OutboxMail).where(waiting).execution_options(synchronize_session=False))


class StreamedMail(NamedTuple):
    """A mail to one account, of a stream that it has not left. `key` identifies mail and recipient."""

    account_id: int
    recipient: str
    subject: str
    body: str
    key: str


def queue_streamed_mails(
    stream: MailStream,
    mails: Iterable[StreamedMail],
    *,
    is_mailing: bool = False,
    useful_until: datetime | None = None,
) -> None:
    """Write mails that their readers can leave, each with a link that does so. The caller commits.

    :param is_mailing: they wait while mailings are held (`holding.py`); daily mails always do
    :param useful_until: after that they are dropped instead of sent
    """
    _write_mails(
        [
            {
                "recipient": mail.recipient,
                "subject": mail.subject,
                "body": mail.body,
                "message_key": mail.key,
                "stream": stream,
                "account_id": mail.account_id,
            }
            for mail in mails
        ],
        is_mailing=is_mailing or stream is MailStream.DAILY,
        useful_until=useful_until,
    )


def notify_at_once(
    addresses: Mapping[int, str],
    kind: str,
    text: str,
    path: str,
    *,
    subject: str,
    body: str,
    key: str,
    is_mailing: bool = False,
    useful_until: datetime | None = None,
) -> None:
    """Add the same line for people whose own texts it is about, and mail it to each at once. The caller commits.

    Those who have left the mails that come at once get the line in their daily mail.

    :param addresses: account id -> address
    :param key: identifies the mail; with the account's id it identifies the recipient too
    :param is_mailing: it waits while mailings are held (`holding.py`)
    :param useful_until: after that it is dropped instead of sent
    """
    left = who_left(MailStream.OWN, addresses)
    wanted = {account_id: address for account_id, address in addresses.items() if account_id not in left}
    notify_all(wanted, kind, text, path)
    notify_all(sorted(left), kind, text, path, in_daily_mail=True)
    queue_streamed_mails(
        MailStream.OWN,
        (
            StreamedMail(account_id, address, subject, body, f"{key}:{account_id}")
            for account_id, address in wanted.items()
        ),
        is_mailing=is_mailing,
        useful_until=useful_until,
    )


def _write_mails(
    rows: Sequence[dict[str, Any]], *, is_mailing: bool = False, useful_until: datetime | None = None
) -> None:
    now = clock.now()
    shared = {"created_at": now, "next_attempt_at": now, "is_mailing": is_mailing, "useful_until": useful_until}
    for batch in batches(rows, MAX_ROWS):
        ready = [row | shared | {"subject": " ".join(row["subject"].split())} for row in batch]
        db.session.execute(insert_or_ignore(db.session, OutboxMail), ready)
    if rows:
        enqueue_task(MAIL_TASK)


def resend_mail(mail: OutboxMail, actor: Actor) -> None:
    """Queue a mail again that was given up, with all attempts left. The caller commits.

    :raise Forbidden: only admins
    :raise WrongState: it was not given up, or was queued again meanwhile
    """
    require(can_resend_mail(actor))
    db.session.refresh(mail, with_for_update=True)
    if mail.state is not MailState.FAILED:
        raise WrongState("보내지 못한 우편만 다시 보낼 수 있어요.")
    before = {"state": mail.state.name, "attempts": mail.attempts}
    mail.state, mail.attempts, mail.next_attempt_at, mail.error = MailState.WAITING, 0, clock.now(), ""
    record(actor, "notices.resend_mail", mail, before, {"state": mail.state.name})
    enqueue_task(MAIL_TASK)


def hold_waiting_mail(reason: str) -> int:
    """Mark all waiting mails as failed, so that an admin decides about each. The caller commits.

    :return: how many mails
    """
    held = db.session.execute(
        sa.update(OutboxMail)
        .where(OutboxMail.state == MailState.WAITING)
        .values(state=MailState.FAILED, error=reason)
        .execution_options(synchronize_session=False)
    )
    return affected(held)


class ClaimedMail(NamedTuple):
    """A mail that only this worker is sending."""

    id: int
    recipient: str
    subject: str
    body: str
    key: str
    attempts: int
    written_at: datetime
    stream: MailStream | None
    account_id: int | None
    leaving: str | None


def mail_transport() -> Transport:
    """Return the transport that the settings name."""
    return transport(current_app._get_current_object())  # type: ignore[attr-defined]


def claim_mail() -> ClaimedMail | None:
    """Claim the next due mail for this worker, by moving its next attempt into the future. The caller commits.

    Commit before sending: a slow mail server must not hold a transaction open. Mailings wait while they are held.
    """
    now = clock.now()
    is_due = sa.and_(
        OutboxMail.state == MailState.WAITING,
        OutboxMail.next_attempt_at <= now,
        sa.or_(~OutboxMail.is_mailing, ~mailings_wait()),
    )
    next_id = sa.select(OutboxMail.id).where(is_due).order_by(OutboxMail.id).limit(1)
    while (mail_id := db.session.scalar(next_id)) is not None:
        claimed = db.session.execute(
            sa.update(OutboxMail)
            .where(OutboxMail.id == mail_id, is_due)
            .values(next_attempt_at=now + CLAIM_DURATION, attempts=OutboxMail.attempts + 1)
            .returning(
                OutboxMail.id,
                OutboxMail.recipient,
                OutboxMail.subject,
                OutboxMail.body,
                OutboxMail.message_key,
                OutboxMail.attempts,
                OutboxMail.created_at,
                OutboxMail.stream,
                OutboxMail.account_id,
                OutboxMail.leaving,
            )
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if claimed is not None:
            return ClaimedMail._make(claimed)
        # another worker was faster; there may be more
    return None


def drop_outdated_mail() -> int:
    """Delete waiting mails that are no use any more, such as a reminder of yesterday's gathering. The caller commits.

    :return: how many
    """
    is_outdated = sa.and_(OutboxMail.state == MailState.WAITING, OutboxMail.useful_until <= clock.now())
    dropped = db.session.execute(
        sa.delete(OutboxMail).where(is_outdated).returning(OutboxMail.id).execution_options(synchronize_session=False)
    )
    mail_ids = sorted(dropped.scalars())
    if mail_ids:
        log.info("mail_dropped", reason="outdated", n_mails=len(mail_ids), first_id=mail_ids[0], last_id=mail_ids[-1])
    return len(mail_ids)


def send_mail(mail: ClaimedMail, carrier: Transport) -> bool:
    """Send a claimed mail and record what became of it; return whether it was sent. The caller commits.

    A mail is sent before its row says so. After a kill between the two, or if the connection broke before the server
    confirmed the mail, it is sent a second time, byte for byte the same with the same Message-ID: SMTP has no way to
    ask whether the first one arrived, and a copy is better than no mail.
    """
    sender, body = str(current_app.config["MAIL_FROM"]), mail.body
    stream, link = _way_out(mail)
    if link:
        body += "\n-- \n" + _("‘%(stream)s’{을} 그만 받으려면: %(link)s", stream=stream, link=link) + "\n"
    try:
        message = compose(sender, mail.recipient, mail.subject, body, mail.key, mail.written_at, leaving_url=link)
        carrier.send(message, mail.key)
    except MailError as error:
        _record_failure(mail, error)
        return False
    failpoint("mail.carried")
    _record_sent(mail)
    return True


def _way_out(mail: ClaimedMail) -> tuple[object, str]:
    """Return what the reader can leave, and the link; an empty link where there is nothing to leave."""
    if mail.leaving is not None:
        return what_is_left(mail.leaving)
    if mail.stream is not None and mail.account_id is not None:
        return mail.stream.label, leaving_link(mail.account_id, mail.stream)
    return "", ""


def _record_sent(mail: ClaimedMail) -> None:
    db.session.execute(_claimed_mail_update(mail).values(state=MailState.SENT, sent_at=clock.now(), error=""))


def _record_failure(mail: ClaimedMail, error: MailError) -> None:
    """Schedule the next attempt with exponential backoff; give up after MAX_ATTEMPTS or a permanent refusal."""
    log.warning("mail_not_sent", mail_id=mail.id, attempts=mail.attempts, refused=isinstance(error, MailRefused))
    given_up = mail.attempts >= MAX_ATTEMPTS or isinstance(error, MailRefused)
    db.session.execute(
        _claimed_mail_update(mail).values(
            state=MailState.FAILED if given_up else MailState.WAITING,
            error=str(error)[:1000],
            next_attempt_at=clock.now() + FIRST_RETRY * 2 ** (mail.attempts - 1),
        )
    )


def _claimed_mail_update(mail: ClaimedMail) -> sa.Update:
    """Return an UPDATE of the mail's row that matches only while this claim is valid."""
    return (
        sa.update(OutboxMail)
        .where(OutboxMail.id == mail.id, OutboxMail.state == MailState.WAITING, OutboxMail.attempts == mail.attempts)
        .execution_options(synchronize_session=False)
    )

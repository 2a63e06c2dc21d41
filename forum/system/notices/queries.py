from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.notices.models import MailState, Notice, OutboxMail

MAX_LISTED = 100


def unread_count(account_id: int) -> int:
    """Return how many notices of an account are unread."""
    query = sa.select(sa.func.count()).where(Notice.account_id == account_id, Notice.read_at.is_(None))
    return db.session.scalar(query) or 0


def latest_notices(account_id: int) -> Sequence[Notice]:
    """Return the newest hundred notices of an account, newest first."""
    query = sa.select(Notice).where(Notice.account_id == account_id).order_by(Notice.id.desc()).limit(MAX_LISTED)
    return db.session.scalars(query).all()


def own_notice(notice_id: int, account_id: int) -> Notice:
    """Return a notice of this account.

    :raise NotFound: no such notice, or somebody else's
    """
    notice = db.session.scalar(sa.select(Notice).where(Notice.id == notice_id, Notice.account_id == account_id))
    if notice is None:
        raise NotFound(_("그런 알림이 없어요."))
    return notice


def get_mail(mail_id: int) -> OutboxMail:
    """Return a mail.

    :raise NotFound:
    """
    mail = db.session.get(OutboxMail, mail_id)
    if mail is None:
        raise NotFound("그런 우편이 없어요.")
    return mail


def undelivered_mails() -> Sequence[OutboxMail]:
    """Return the newest hundred mails that were given up, newest first."""
    query = sa.select(OutboxMail).where(OutboxMail.state == MailState.FAILED)
    return db.session.scalars(query.order_by(OutboxMail.id.desc()).limit(MAX_LISTED)).all()


def undelivered_counts() -> tuple[int, int]:
    """Return (mails that were given up, mails that failed at least once and will be tried again)."""
    given_up = sa.func.count().filter(OutboxMail.state == MailState.FAILED)
    retrying = sa.func.count().filter(OutboxMail.state == MailState.WAITING, OutboxMail.error != "")
    row = db.session.execute(sa.select(given_up, retrying)).one()
    return int(row[0]), int(row[1])

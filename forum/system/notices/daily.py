"""The daily mail: one for each person and day, with all notices that wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import address_of, link_to
from forum.core.mail import SUBJECT_PREFIX
from forum.system.notices.addresses import addresses_of
from forum.system.notices.models import MailOptOut, MailStream, Notice
from forum.system.notices.services import StreamedMail, queue_streamed_mails

DAILY_MAIL_LOCK = 2_026_002  # PostgreSQL advisory lock: one worker at a time writes the day's mails
DAILY_MAIL_BATCH_SIZE = 200  # people
MAX_DAILY_MAIL_LINES = 30
MAX_SUBJECT_CHARS = 120
_WAITS = sa.and_(Notice.in_daily_mail, Notice.mailed_on.is_(None))


def queue_daily_mails(today: date) -> int | None:
    """Queue one mail each for a batch of people who have notices waiting and had no daily mail today.

    What arrives for them later that day waits for the next. The caller commits, and calls again while there is more.

    :return: how many mails were queued; None if nobody is left, or another worker is writing the day's mails
    """
    is_postgres = db.engine.dialect.name == "postgresql"
    if is_postgres and not db.session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(DAILY_MAIL_LOCK))):
        return None
    _drop_unwanted()
    had_one = sa.select(Notice.account_id).where(Notice.mailed_on == today)
    waiting_ids = sa.select(Notice.account_id).distinct().where(_WAITS, Notice.account_id.not_in(had_one))
    people = db.session.scalars(waiting_ids.limit(DAILY_MAIL_BATCH_SIZE)).all()
    if not people:
        return None
    marked = db.session.execute(
        sa.update(Notice)
        .where(_WAITS, Notice.account_id.in_(people))
        .values(mailed_on=today)
        .returning(Notice.id, Notice.account_id, Notice.text, Notice.path)
        .execution_options(synchronize_session=False)
    ).all()  # one statement marks and reads: notices that arrive meanwhile stay unmarked
    lines: dict[int, list[tuple[str, str]]] = {}
    for _id, account_id, text, path in sorted(marked, key=lambda row: row[0]):
        lines.setdefault(account_id, []).append((text, path))
    addresses = addresses_of(people)
    mails = [
        StreamedMail(account_id, addresses[account_id], *_daily_mail(news), f"daily:{account_id}:{today.isoformat()}")
        for account_id, news in lines.items()
        if account_id in addresses
    ]
    queue_streamed_mails(MailStream.DAILY, mails)
    return len(mails)


def _drop_unwanted() -> None:
    """Let no notice wait for a mail that its reader has left: who takes it up again gets what is new from then on."""
    left = sa.select(MailOptOut.account_id).where(MailOptOut.stream == MailStream.DAILY)
    unwanted = sa.update(Notice).where(_WAITS, Notice.account_id.in_(left)).values(in_daily_mail=False)
    db.session.execute(unwanted.execution_options(synchronize_session=False))


def _daily_mail(news: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return subject and body; the same line about the same page occurs once."""
    lines = list(dict.fromkeys(news))
    shown = [f"- {text}\n  {address_of(path)}" for text, path in lines[:MAX_DAILY_MAIL_LINES]]
    if len(lines) > MAX_DAILY_MAIL_LINES:
        more = _("그 밖에 %(number)s건이 더 있어요.", number=len(lines) - MAX_DAILY_MAIL_LINES)
        shown.append(f"- {more}\n  {link_to('notices.listing')}")
    head = lines[0][0] if len(lines) == 1 else _("새 알림 %(number)s건", number=len(lines))
    subject = head if len(head) <= MAX_SUBJECT_CHARS else head[: MAX_SUBJECT_CHARS - 1] + "…"
    opening = _("오늘의 알림이에요. 알림이 여럿이어도 메일은 하루에 한 통만 보내요.")
    body = "\n\n".join((opening, *shown)) + "\n"
    return SUBJECT_PREFIX + subject, body

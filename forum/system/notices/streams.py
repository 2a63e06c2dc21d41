"""Streams of mail that people can leave, with one click in a mail or in their settings, and take up again.

A token names an account and a stream. It says nothing else, does nothing else, and never ends: somebody may open a mail
of last year. Whoever has the mail has the token, so it works in both directions and shows nothing about the person.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from itsdangerous import BadData

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import batches, insert_or_ignore
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.core.signing import signer
from forum.system.notices.addresses import addresses_of
from forum.system.notices.models import MailOptOut, MailState, MailStream, OutboxMail
from forum.system.notices.permissions import can_choose_mail

PURPOSE = "leave-mail"
MAX_PARAMETERS = 5_000  # of one statement


def leave_stream(account_id: int, stream: MailStream) -> None:
    """Stop the mails of a stream, also those that are waiting to be sent. The caller commits.

    For a closed account nothing is written: its old mails still have links, and nothing is kept about who has left.
    """
    if account_id not in addresses_of([account_id]):
        return
    row = {"account_id": account_id, "stream": stream, "left_at": clock.now()}
    db.session.execute(insert_or_ignore(db.session, MailOptOut).values(row))
    waiting = sa.and_(
        OutboxMail.account_id == account_id, OutboxMail.stream == stream, OutboxMail.state == MailState.WAITING
    )
    db.session.execute(sa.delete(OutboxMail).where(waiting).execution_options(synchronize_session=False))


def resume_stream(account_id: int, stream: MailStream) -> None:
    """Take up the mails of a stream again. The caller commits."""
    row = sa.and_(MailOptOut.account_id == account_id, MailOptOut.stream == stream)
    db.session.execute(sa.delete(MailOptOut).where(row).execution_options(synchronize_session=False))


def choose_mail(actor: Actor, stream: MailStream, is_wanted: bool) -> None:
    """Leave or take up a stream in one's own settings. The caller commits.

    :raise Forbidden: a visitor
    """
    require(can_choose_mail(actor))
    assert actor.id is not None
    (resume_stream if is_wanted else leave_stream)(actor.id, stream)


def left_streams(account_id: int) -> set[MailStream]:
    """Return the streams that a person has left."""
    return set(db.session.scalars(sa.select(MailOptOut.stream).where(MailOptOut.account_id == account_id)))


def who_left(stream: MailStream, account_ids: Collection[int]) -> set[int]:
    """Return those of the accounts that have left a stream."""
    found: set[int] = set()
    for batch in batches(account_ids, MAX_PARAMETERS):
        is_one = sa.and_(MailOptOut.stream == stream, MailOptOut.account_id.in_(batch))
        found.update(db.session.scalars(sa.select(MailOptOut.account_id).where(is_one)))
    return found


def leaving_link(account_id: int, stream: MailStream) -> str:
    """Return the address of the page that leaves a stream; the same each time: a mail sent twice must not differ."""
    return link_to("notices.leave", token=leaving_token(account_id, stream))


def leaving_token(account_id: int, stream: MailStream) -> str:
    return str(signer(PURPOSE).dumps([account_id, stream.value]))


def read_leaving_token(token: str) -> tuple[int, MailStream]:
    """Return the account id and the stream that a token names.

    :raise NotFound: forged, for another purpose, or cut off
    """
    try:
        account_id, stream = signer(PURPOSE).loads(token)
        return int(account_id), MailStream(stream)
    except (BadData, TypeError, ValueError) as error:
        raise NotFound(_("쓸 수 없는 링크예요. 메일에 있는 주소가 끝까지 열렸는지 봐 주세요.")) from error

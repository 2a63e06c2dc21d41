"""Ask for the mail about new digests, confirm, change and end it, and write the mails that are due.

Nobody needs an account for it, so the link in a mail decides, not who is signed in. An answer never says whether an
address is known: only its owner, who reads the mail, learns that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.database import affected, insert_or_ignore
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.identity import email_address, email_key, validate_fields
from forum.publication.digests.models import Digest
from forum.publication.digests.queries import digests_of
from forum.publication.subscriptions import mails
from forum.publication.subscriptions.models import DigestSubscription, Rhythm
from forum.publication.subscriptions.queries import (
    due_subscriptions,
    never_confirmed,
    newest_digest_id,
)
from forum.system.notices.services import forget_waiting_mails
from forum.voice.campaigns.models import Campaign

BATCH_SIZE = 500
MAX_DIGESTS = 20  # named in one mail; the rest is on the site
MONDAY = 0


def ask_for_mail(campaign: Campaign, address: str, rhythm: str, *, agrees: bool) -> None:
    """Store an address that is not confirmed, and mail its owner a link that confirms it. The caller commits.

    One such mail an hour goes to an address, however often somebody asks. An address that is confirmed already gets
    the link to its settings instead.

    :raise InvalidInput: no mail address, an unknown rhythm, or no consent
    """
    values = validate_fields(
        address=lambda: email_address(address, "address"),
        rhythm=lambda: _rhythm(rhythm),
        agrees=lambda: _consent(agrees),
    )
    row = {
        "campaign_id": campaign.id,
        "address": values["address"],
        "address_key": email_key(values["address"]),
        "rhythm": values["rhythm"],
    }
    subscription = _insert_or_lock(row)
    if subscription.confirmed_at is None:
        subscription.rhythm, subscription.asked_at = values["rhythm"], clock.now()
        mails.ask_to_confirm(subscription)
    else:
        mails.say_it_is_running(subscription)
    db.session.flush()


def _insert_or_lock(row: dict[str, object]) -> DigestSubscription:
    db.session.execute(insert_or_ignore(db.session, DigestSubscription).values(row))
    found = _locked(campaign_id=row["campaign_id"], address_key=row["address_key"])
    assert found is not None
    return found


def choose_rhythm(subscription: DigestSubscription, rhythm: str) -> None:
    """Confirm a subscription, or change how often its mail comes. The caller commits.

    :raise WrongState: it has ended meanwhile
    :raise InvalidInput: an unknown rhythm
    """
    chosen = _rhythm(rhythm)
    if _locked(id=subscription.id) is None:
        raise WrongState(_("그사이에 이 메일을 그만 받기로 했어요. 다시 받으려면 새로 신청해 주세요."))
    if subscription.confirmed_at is None:
        newest = newest_digest_id(subscription.campaign_id)
        subscription.confirmed_at, subscription.last_digest_id = clock.now(), newest
    subscription.rhythm, subscription.next_mail_on = chosen, next_day(chosen, clock.today())
    db.session.flush()


def end_subscription(subscription: DigestSubscription) -> None:
    """Delete the address, with its mails that have not been sent. The caller commits."""
    forget_waiting_mails(mails.leaving_of(subscription))
    row = DigestSubscription.id == subscription.id
    db.session.execute(sa.delete(DigestSubscription).where(row).execution_options(synchronize_session=False))
    db.session.expunge(subscription)


def forget_address(address: str) -> None:
    """Delete every subscription of an address, such as that of an account that is closed. The caller commits."""
    query = sa.select(DigestSubscription).where(DigestSubscription.address_key == email_key(address))
    for subscription in db.session.scalars(query).all():
        end_subscription(subscription)


def delete_unconfirmed() -> int:
    """Delete addresses that nobody confirmed in time. The caller commits.

    :return: how many
    """
    gone = sa.delete(DigestSubscription).where(never_confirmed())
    return affected(db.session.execute(gone.execution_options(synchronize_session=False)))


def write_batch_of_mails() -> int | None:
    """Write the mails of at most `BATCH_SIZE` subscriptions whose day has come. The caller commits.

    Where nothing new is out, no mail is written and the day moves on.

    :return: number of mails written; None if no subscription is due
    """
    due = due_subscriptions(BATCH_SIZE)
    if not due:
        return None
    found: dict[tuple[int, int], Sequence[Digest]] = {}
    n_written = 0
    for subscription in due:
        key = (subscription.campaign_id, subscription.last_digest_id)
        if key not in found:
            found[key] = digests_of(subscription.campaign, subscription.last_digest_id, MAX_DIGESTS)
        digests = found[key]
        if digests:
            mails.tell_of_digests(subscription, digests)
            subscription.last_digest_id = digests[0].id
            n_written += 1
        subscription.next_mail_on = next_day(subscription.rhythm, clock.today())
    db.session.flush()
    return n_written


def next_day(rhythm: Rhythm, today: date) -> date:
    """Return the first Monday after `today`, or the first day of the next month."""
    if rhythm is Rhythm.WEEKLY:
        return today + timedelta(days=7 - (today.weekday() - MONDAY) % 7)
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def _locked(**key: object) -> DigestSubscription | None:
    """Return the subscription as it is now, locked; None if it has ended."""
    query = sa.select(DigestSubscription).filter_by(**key).with_for_update(of=DigestSubscription)
    return db.session.scalar(query.execution_options(populate_existing=True))


def _rhythm(name: str) -> Rhythm:
    if name not in Rhythm.__members__:
        raise InvalidInput({"rhythm": _("얼마나 자주 받을지 골라 주세요.")})
    return Rhythm[name]


def _consent(agrees: bool) -> bool:
    if not agrees:
        raise InvalidInput({"agrees": _("메일을 보내려면 동의가 필요해요.")})
    return True

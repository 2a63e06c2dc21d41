from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadData

from forum.core import clock
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.signing import signer
from forum.people.accounts.identity import mailbox_key
from forum.people.accounts.models import Account
from forum.people.accounts.queries import account_of_mailbox
from forum.system.notices.models import OutboxMail
from forum.voice.guardians.models import GuardianConsent

DAY = timedelta(days=1)
ANSWER_PURPOSE, MANAGE_PURPOSE = "guardian-asked", "guardian-manages"
REQUEST_MAIL_PREFIX = "guardian-ask:"  # how the outbox keys of consent requests begin


def consent_token(consent: GuardianConsent, purpose: str) -> str:
    """Return the signed token of a guardian's link, for one consent and one purpose."""
    return str(signer(purpose).dumps(consent.id))


def consent_from_token(text: str, purpose: str) -> GuardianConsent:
    """Return the consent that a token names.

    :raise NotFound: forged, for another purpose, or the consent was deleted
    """
    try:
        consent_id: Any = signer(purpose).loads(text)
    except BadData as error:
        raise NotFound("쓸 수 없는 링크예요. 메일에 있는 주소를 끝까지 눌렀는지 봐 주세요.") from error
    consent = db.session.get(GuardianConsent, consent_id)
    if consent is None:
        raise NotFound("쓸 수 없는 링크예요.")
    return consent


def consents_of(account_id: int) -> Sequence[GuardianConsent]:
    """Return all consent requests of an account, newest first."""
    query = sa.select(GuardianConsent).where(GuardianConsent.account_id == account_id)
    return db.session.scalars(query.order_by(GuardianConsent.id.desc())).all()


def requests_today(account_id: int) -> int:
    """Return how many requests this account made in the last 24 hours."""
    own = GuardianConsent.account_id == account_id
    since = GuardianConsent.asked_at > clock.now() - DAY
    return db.session.scalar(sa.select(sa.func.count()).select_from(GuardianConsent).where(own, since)) or 0


def request_mails_today(email: str) -> int:
    """Return how many consent requests were mailed to this mailbox in the last 24 hours, for any child."""
    request = OutboxMail.message_key.startswith(REQUEST_MAIL_PREFIX)
    since = OutboxMail.created_at > clock.now() - DAY
    recipients = db.session.scalars(sa.select(OutboxMail.recipient).where(request, since))
    return sum(mailbox_key(one) == mailbox_key(email) for one in recipients)


def account_of_guardian(email: str) -> Account | None:
    """Return the account of this address, or of another address of the same mailbox."""
    return account_of_mailbox(email) if email else None


def due_for_deletion(now: datetime) -> Sequence[GuardianConsent]:
    """Return revoked consents whose account is due for deletion."""
    return db.session.scalars(sa.select(GuardianConsent).where(GuardianConsent.delete_after <= now)).all()


def never_consented(before: datetime) -> Sequence[Account]:
    """Return waiting accounts made before `before` that never had a consent."""
    given = sa.select(GuardianConsent.id).where(
        GuardianConsent.account_id == Account.id, GuardianConsent.given_at.is_not(None)
    )
    query = sa.select(Account).where(Account.waits_for_consent, Account.created_at < before, ~given.exists())
    return db.session.scalars(query.order_by(Account.id)).unique().all()

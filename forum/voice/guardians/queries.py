from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from forum.core import clock
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.accounts.identity import mailbox_key
from forum.people.accounts.models import Account
from forum.people.accounts.queries import account_by_email
from forum.system.notices.models import OutboxMail
from forum.voice.guardians.models import GuardianConsent

DAY = timedelta(days=1)
ASKING, MANAGING = "guardian-asked", "guardian-manages"
ASKING_MAIL = "guardian-ask:"  # how the outbox keys of mails that ask begin


def token(consent: GuardianConsent, purpose: str) -> str:
    """What stands in a guardian's link: signed, for one consent and one purpose."""
    return str(_serializer(purpose).dumps(consent.id))


def consent_of_token(text: str, purpose: str) -> GuardianConsent:
    """:raise NotFound: forged, for another purpose, or gone"""
    try:
        consent_id: Any = _serializer(purpose).loads(text)
    except BadData as error:
        raise NotFound("쓸 수 없는 링크입니다. 메일에 있는 주소를 끝까지 눌렀는지 봐 주세요.") from error
    consent = db.session.get(GuardianConsent, consent_id)
    if consent is None:
        raise NotFound("쓸 수 없는 링크입니다.")
    return consent


def consents_of(account_id: int) -> Sequence[GuardianConsent]:
    """Every request, newest first."""
    query = sa.select(GuardianConsent).where(GuardianConsent.account_id == account_id)
    return db.session.scalars(query.order_by(GuardianConsent.id.desc())).all()


def asked_today(account_id: int) -> int:
    """How often this child has asked in the last 24 hours."""
    mine = GuardianConsent.account_id == account_id
    since = GuardianConsent.asked_at > clock.now() - DAY
    return db.session.scalar(sa.select(sa.func.count()).select_from(GuardianConsent).where(mine, since)) or 0


def mailed_today(email: str) -> int:
    """How many mails that ask for consent this address got in the last 24 hours, from whichever child."""
    asking = OutboxMail.message_key.startswith(ASKING_MAIL) & (OutboxMail.recipient == email)
    since = OutboxMail.created_at > clock.now() - DAY
    return db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMail).where(asking, since)) or 0


def account_of_guardian(email: str) -> Account | None:
    """The account of this address, or of another that reaches the same letter box."""
    return account_by_email(email) or account_by_email(mailbox_key(email))


def overdue(now: datetime) -> Sequence[GuardianConsent]:
    """Consents taken back so long ago that the account is to be deleted."""
    return db.session.scalars(sa.select(GuardianConsent).where(GuardianConsent.delete_after <= now)).all()


def never_consented(before: datetime) -> Sequence[Account]:
    """Children who registered before `before` and for whom nobody ever consented."""
    given = sa.select(GuardianConsent.id).where(
        GuardianConsent.account_id == Account.id, GuardianConsent.given_at.is_not(None)
    )
    query = sa.select(Account).where(Account.waits_for_consent, Account.created_at < before, ~given.exists())
    return db.session.scalars(query.order_by(Account.id)).unique().all()


def _serializer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt=purpose)

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core import clock
from forum.core.extensions import db
from forum.publication.digests.models import Digest, DigestState
from forum.publication.subscriptions.links import read_token
from forum.publication.subscriptions.models import DigestSubscription

DAYS_TO_CONFIRM = 2


def subscription_of(token: str) -> DigestSubscription | None:
    """Return the subscription that a link names; None if it has ended.

    :raise NotFound: no link of ours
    """
    number, nonce = read_token(token)
    query = (
        sa.select(DigestSubscription)
        .where(DigestSubscription.id == number, DigestSubscription.nonce == nonce)
        .options(joinedload(DigestSubscription.campaign))
    )
    return db.session.scalar(query)


def newest_digest_id(campaign_id: int) -> int:
    """Return the number of the newest published digest; 0 without any."""
    is_out = sa.and_(Digest.campaign_id == campaign_id, Digest.state == DigestState.PUBLISHED)
    return db.session.scalar(sa.select(sa.func.max(Digest.id)).where(is_out)) or 0


def due_subscriptions(limit: int) -> Sequence[DigestSubscription]:
    """Return confirmed subscriptions whose day has come, locked; those that another worker has are left to it."""
    query = (
        sa.select(DigestSubscription)
        .where(DigestSubscription.next_mail_on <= clock.today())
        .order_by(DigestSubscription.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=DigestSubscription)
    )
    return db.session.scalars(query).all()


def never_confirmed() -> sa.ColumnElement[bool]:
    """Match what nobody confirmed in time."""
    last = clock.now() - timedelta(days=DAYS_TO_CONFIRM)
    return sa.and_(DigestSubscription.confirmed_at.is_(None), DigestSubscription.asked_at < last)

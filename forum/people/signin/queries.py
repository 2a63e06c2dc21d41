from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.access import Role
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant, RoleGrant


@dataclass(frozen=True)
class SignedIn:
    """An account as an actor, with only what permissions need."""

    id: int
    role: Role
    ministry_id: int | None
    participant_id: int | None
    is_confirmed: bool
    waits_for_consent: bool
    must_agree: bool = False
    can_approve_answers: bool = False
    """Not loaded: the pages that use this class are about votes."""


def account_by_session(uniquifier: str) -> Account | None:
    """Return the account that a session cookie names, with participant and role, in one statement."""
    return db.session.scalar(sa.select(Account).where(Account.fs_uniquifier == uniquifier))


def signed_in(uniquifier: str) -> SignedIn | None:
    """Return the actor that a session cookie names, or None, with one statement and without loading objects."""
    row = db.session.execute(_SIGNED_IN, {"uniquifier": uniquifier}).one_or_none()
    if row is None:
        return None
    account_id, confirmed_at, waits, must_agree, participant_id, role, ministry_id = row
    granted: Role | None = role
    is_confirmed = confirmed_at is not None
    return SignedIn(account_id, granted or Role.CITIZEN, ministry_id, participant_id, is_confirmed, waits, must_agree)


_SIGNED_IN = (
    sa.select(
        Account.id,
        Account.confirmed_at,
        Account.waits_for_consent,
        Account.must_agree,
        Participant.id,
        RoleGrant.role,
        RoleGrant.ministry_id,
    )
    .outerjoin(Participant, Participant.account_id == Account.id)
    .outerjoin(RoleGrant, sa.and_(RoleGrant.account_id == Account.id, RoleGrant.revoked_at.is_(None)))
    .where(Account.fs_uniquifier == sa.bindparam("uniquifier"), Account.active)
)

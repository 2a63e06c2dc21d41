from __future__ import annotations

import sqlalchemy as sa

from forum.core.extensions import db
from forum.people.accounts.models import Participant
from forum.people.passes.codes import hash_of, typed_code
from forum.people.passes.models import GuestPass


def pass_of_code(text: str) -> GuestPass | None:
    """Return the pass whose code somebody typed; None for a wrong code and once it can't be read any more."""
    code = typed_code(text)
    if not code:
        return None
    found = db.session.scalar(sa.select(GuestPass).where(GuestPass.code_hash == hash_of(code)))
    return found if found is not None and found.may_be_read() else None


def get_pass(pass_id: int) -> GuestPass:
    return db.session.get_one(GuestPass, pass_id)


def participants_of_passes(account_id: int) -> list[int]:
    """Return the participants of the passes that were joined to an account, by id. They may have votes left."""
    query = sa.select(Participant.id).join(GuestPass, GuestPass.id == Participant.guest_pass_id)
    return list(db.session.scalars(query.where(GuestPass.joined_to_id == account_id).order_by(Participant.id)))


def passes_of(account_id: int) -> list[GuestPass]:
    """Return the passes that were joined to an account, in the order in which they were issued."""
    query = sa.select(GuestPass).where(GuestPass.joined_to_id == account_id).order_by(GuestPass.id)
    return list(db.session.scalars(query))

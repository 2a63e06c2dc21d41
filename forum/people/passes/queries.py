from __future__ import annotations

import sqlalchemy as sa

from forum.core.extensions import db
from forum.people.passes.codes import hash_of, typed_code
from forum.people.passes.models import GuestPass


def pass_of_code(text: str) -> GuestPass | None:
    """Return the pass whose code somebody typed; None for a wrong code and once it can't be read any more."""
    code = typed_code(text)
    if not code:
        return None
    found = db.session.scalar(sa.select(GuestPass).where(GuestPass.code_hash == hash_of(code)))
    return found if found is not None and found.may_be_read() else None

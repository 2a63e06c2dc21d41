from __future__ import annotations

import hashlib
from collections.abc import Mapping

import sqlalchemy as sa

from forum.access import Actor
from forum.audit.models import AuditEntry
from forum.database import Base
from forum.extensions import db


def record(
    actor: Actor,
    action: str,
    subject: Base,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Write down a staff act, inside the act's own transaction. `subject` must be flushed. The caller commits.

    :param action: slice and verb, such as "themes.approve"
    :param before: codes and hashes only; a text goes through `text_hash`
    """
    entry = AuditEntry(
        actor_id=actor.id,
        actor_role=actor.role,
        action=action,
        subject_type=subject.__tablename__,
        subject_id=_id_of(subject),
        before=dict(before or {}),
        after=dict(after or {}),
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def _id_of(subject: Base) -> int:
    identity = sa.inspect(subject, raiseerr=True).identity
    assert identity is not None, "the subject of an act must be flushed before it is recorded"
    return int(identity[0])


def text_hash(text: str) -> str:
    """A fingerprint that proves a text unchanged without repeating it: the first 16 hex digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import sqlalchemy as sa

from forum.core.access import Actor
from forum.core.database import Base
from forum.core.extensions import db
from forum.system.audit.chain import link_hash
from forum.system.audit.models import AuditEntry, AuditSeal
from forum.system.audit.queries import Head, head, unsealed_entries

SEAL_PIECE = 1_000
SEALING_LOCK = 0x5EA1
"""PostgreSQL's advisory lock of whoever extends the chain."""


def record(
    actor: Actor,
    action: str,
    subject: Base | None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Write down a staff act, inside the act's own transaction. `subject` must be flushed. The caller commits.

    :param subject: what was acted on; None for the forum as a whole
    :param action: slice and verb, such as "themes.approve"
    :param before: codes and hashes only; a text goes through `text_hash`
    """
    entry = AuditEntry(
        actor_id=actor.id,
        actor_role=actor.role,
        action=action,
        subject_type="forum" if subject is None else subject.__tablename__,
        subject_id=None if subject is None else _id_of(subject),
        before=dict(before or {}),
        after=dict(after or {}),
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def seal_entries() -> int:
    """Chain the entries that no link holds yet, in pieces with a commit each. One worker at a time does it.

    Entries are sealed in the order of their numbers as far as they are committed; one whose transaction ends later
    gets its link in a later minute. Nothing is ever waited for by whoever acts (DESIGN §4: a chain inside each
    transaction makes every write wait for the one before).

    :return: how many were sealed
    """
    done = 0
    while True:
        _only_one_sealer()
        newest, entries = head(), unsealed_entries(SEAL_PIECE)
        for entry in entries:
            seq = newest.seq + 1
            newest_hash = link_hash(seq, newest.hash, entry)
            db.session.add(AuditSeal(seq=seq, entry_id=entry.id, prev_hash=newest.hash, hash=newest_hash))
            newest = Head(seq, newest_hash)
        db.session.commit()
        done += len(entries)
        if len(entries) < SEAL_PIECE:
            return done


def _only_one_sealer() -> None:
    """Wait for another worker's piece. SQLite has one writer anyway; the unique columns are the last word on both."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(SEALING_LOCK)))


def record_refusal(actor: Actor, endpoint: str, subject_type: str, subject_id: int | None, status: int) -> AuditEntry:
    """Write down that a staff act was refused; nothing of what was typed. The caller commits.

    :param endpoint: the page it was tried on, such as "referrals.transfer"
    """
    entry = AuditEntry(
        actor_id=actor.id,
        actor_role=actor.role,
        action=f"refused:{endpoint}"[:64],
        subject_type=subject_type[:32],
        subject_id=subject_id,
        after={"status": status},
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

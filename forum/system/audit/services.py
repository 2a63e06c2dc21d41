"""Write audit entries, and seal them into the chain of hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import sqlalchemy as sa

from forum.core.access import SYSTEM, Actor, CodeHolder
from forum.core.database import Base, batches
from forum.core.extensions import db
from forum.system.audit.chain import link_hash
from forum.system.audit.facts import BATCH_SIZE, FACT_KINDS, FactKind, FactsByKind
from forum.system.audit.models import AuditEntry, AuditSeal
from forum.system.audit.queries import (
    BASELINE,
    ChainHead,
    chain_head,
    kinds_with_baseline,
    recorded_facts,
    unsealed_entries,
)

SEAL_BATCH_SIZE = 1_000
SEALING_LOCK = 0x5EA1
"""PostgreSQL advisory lock held while the chain is extended."""


def record(
    actor: Actor,
    action: str,
    subject: Base | None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    facts: FactsByKind | None = None,
) -> AuditEntry:
    """Record a staff act in the act's own transaction. `subject` must be flushed. The caller commits.

    :param subject: what was changed; None for the forum as a whole
    :param action: slice and verb, such as "themes.approve"
    :param before: codes and hashes only; a text goes through `text_hash`
    :param facts: fingerprints of the rows that the act made or changed (`forum.system.audit.facts`)
    """
    by_code = {"by_code": actor.grant_id} if isinstance(actor, CodeHolder) else {}
    entry = AuditEntry(
        actor_id=actor.id,
        actor_role=actor.role,
        action=action,
        subject_type="forum" if subject is None else subject.__tablename__,
        subject_id=None if subject is None else _id_of(subject),
        before=dict(before or {}),
        after=dict(after or {}) | by_code | ({"facts": facts} if facts and any(facts.values()) else {}),
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def record_baseline() -> int:
    """Record the fingerprints of rows that no entry vouches for, once for each kind of facts. The caller commits.

    It is for rows made before entries had facts of their kind: later changes of them are found, earlier ones are not.
    A second time it does nothing, so that it cannot take in what somebody wrote past the services since.

    :return: how many rows
    """
    done = kinds_with_baseline()
    new = [kind for kind in FACT_KINDS.values() if kind.code not in done]
    if not new:
        return 0
    recorded = recorded_facts()
    n_rows = sum(_record_rows_without_facts(kind, recorded.get(kind.code, {})) for kind in new)
    record(SYSTEM, BASELINE, None, after={"kinds": [kind.code for kind in new], "rows": n_rows})
    return n_rows


def _record_rows_without_facts(kind: FactKind, recorded: Mapping[str, str | None]) -> int:
    missing = {key: found for batch in kind.all() for key, found in batch.items() if key not in recorded}
    for keys in batches(missing, BATCH_SIZE):
        record(SYSTEM, BASELINE, None, facts={kind.code: {key: missing[key] for key in keys}})
    return len(missing)


def seal_entries() -> int:
    """Seal the oldest unsealed entries, at most SEAL_BATCH_SIZE of them. The caller commits.

    Entries are sealed in id order among those committed so far; an entry whose transaction commits later is sealed by
    a later run. Sealing is separate from recording on purpose: a chain extended inside each transaction would make
    every write wait for the one before.

    :return: how many were sealed; fewer than SEAL_BATCH_SIZE means that no more are waiting
    """
    _lock_chain()
    newest, entries = chain_head(), unsealed_entries(SEAL_BATCH_SIZE)
    for entry in entries:
        seq = newest.seq + 1
        newest_hash = link_hash(seq, newest.hash, entry)
        db.session.add(AuditSeal(seq=seq, entry_id=entry.id, prev_hash=newest.hash, hash=newest_hash))
        newest = ChainHead(seq, newest_hash)
    db.session.flush()
    return len(entries)


def _lock_chain() -> None:
    """Wait for another worker's batch. SQLite has one writer anyway; on both engines the unique columns decide."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(SEALING_LOCK)))


def record_refusal(actor: Actor, endpoint: str, subject_type: str, subject_id: int | None, status: int) -> AuditEntry:
    """Record that a staff act was refused, without any input. The caller commits.

    :param endpoint: endpoint of the attempt, such as "referrals.transfer"
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
    """Return the first 16 hex digits of SHA-256: they show whether a text changed, without repeating it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""Hashes of the audit chain. Pure functions; a test pins their bytes, which must never change."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

from forum.system.audit.models import AuditEntry

ZERO_HASH = "0" * 64
"""The `prev_hash` of the first link."""


def canonical_bytes(entry: AuditEntry) -> bytes:
    """Return the same bytes on every machine and database: JSON with sorted keys, no spaces, UTF-8, time in UTC."""
    fields = {
        "id": entry.id,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "actor_role": entry.actor_role.name,
        "action": entry.action,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "before": entry.before,
        "after": entry.after,
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def link_hash(seq: int, prev_hash: str, entry: AuditEntry) -> str:
    """Return SHA-256 over "prev_hash seq\\n" and the entry's canonical bytes, as 64 hex digits."""
    return hashlib.sha256(f"{prev_hash} {seq}\n".encode() + canonical_bytes(entry)).hexdigest()

"""Sealing, batch by batch. `administration.operations` registers it: the jobs slice comes after this one."""

from __future__ import annotations

from forum.core.extensions import db
from forum.system.audit.services import SEAL_BATCH_SIZE, seal_entries


def seal_all_entries() -> int:
    """Seal every entry that waits, with a commit after each batch; return how many were sealed."""
    n_sealed = 0
    while True:
        n = seal_entries()
        db.session.commit()
        n_sealed += n
        if n < SEAL_BATCH_SIZE:
            return n_sealed

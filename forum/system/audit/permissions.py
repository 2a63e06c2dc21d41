from __future__ import annotations

from forum.core.access import Actor, Role


def can_read_audit(actor: Actor) -> bool:
    """Analysts, council members and admins may read the entries; the chain's head is public."""
    return actor.role in {Role.ANALYST, Role.COUNCIL_MEMBER, Role.ADMIN, Role.SYSTEM}

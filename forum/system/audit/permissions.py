from __future__ import annotations

from forum.core.access import Actor, Role


def can_read_audit(actor: Actor) -> bool:
    """The entries are for those who watch over the staff's acts; the head of the chain is for everybody."""
    return actor.role in {Role.ANALYST, Role.COUNCIL_MEMBER, Role.ADMIN, Role.SYSTEM}

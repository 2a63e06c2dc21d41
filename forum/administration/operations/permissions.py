from __future__ import annotations

from forum.core.access import Actor, Role


def can_back_up(actor: Actor) -> bool:
    """Return whether the actor may take a backup, which contains all personal data."""
    return actor.role in {Role.ADMIN, Role.SYSTEM}


def can_accept_rows(actor: Actor) -> bool:
    """Only admins, and the system by command."""
    return actor.role in {Role.ADMIN, Role.SYSTEM}

from __future__ import annotations

from forum.core.access import Actor, Role


def can_run_store(actor: Actor) -> bool:
    """Only admins, and the system by command."""
    return actor.role in {Role.ADMIN, Role.SYSTEM}

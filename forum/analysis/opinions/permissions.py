from __future__ import annotations

from forum.core.access import Actor, Role


def can_start_snapshot(actor: Actor) -> bool:
    """Ask for a snapshot of the votes before it is due."""
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}

from __future__ import annotations

from forum.core.access import Actor, Role


def can_start_snapshot(actor: Actor) -> bool:
    """Ask for a snapshot of the votes before it is due."""
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}


def can_export_votes(actor: Actor) -> bool:
    """Take out the votes of a campaign, each person's in a row without a name."""
    return actor.role in {Role.ADMIN, Role.SYSTEM}

from __future__ import annotations

from forum.core.access import Actor, Role


def can_set_pause(actor: Actor) -> bool:
    """See, set and end election pauses: admins, and commands."""
    return actor.role in {Role.ADMIN, Role.SYSTEM}

from __future__ import annotations

from forum.core.access import Actor, Role


def can_manage_campaigns(actor: Actor) -> bool:
    return actor.role in {Role.ADMIN, Role.SYSTEM}

from __future__ import annotations

from forum.core.access import Actor, Role


def can_build_digest(actor: Actor) -> bool:
    """Analysts, officers and council members, and the system by command."""
    return actor.role in {Role.ANALYST, Role.MINISTRY_OFFICER, Role.COUNCIL_MEMBER, Role.SYSTEM}

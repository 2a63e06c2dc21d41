from __future__ import annotations

from forum.core.access import Actor, Role


def can_publish_policies(actor: Actor) -> bool:
    """Write new versions of the documents: admins; the system publishes the shipped ones."""
    return actor.role in {Role.ADMIN, Role.SYSTEM}


def can_agree(actor: Actor) -> bool:
    """Agree to the documents: everybody who is signed in, for themselves."""
    return actor.id is not None

from __future__ import annotations

from forum.core.access import Actor, Role


def can_manage_shortlists(actor: Actor) -> bool:
    """Open, change and close shortlists: they decide which ideas everybody is asked about, as analysts do of themes."""
    return actor.role is Role.ANALYST


def can_close_shortlist(actor: Actor) -> bool:
    """Close a shortlist: the forum itself does so when voting has ended."""
    return actor.role in {Role.ANALYST, Role.SYSTEM}

from __future__ import annotations

from forum.core.access import Actor, Role


def can_edit_synonyms(actor: Actor) -> bool:
    """They decide which ideas are shown as repeats: a working tool of the analysts."""
    return actor.role is Role.ANALYST

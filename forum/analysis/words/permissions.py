from __future__ import annotations

from forum.core.access import Actor, Role


def can_edit_words(actor: Actor) -> bool:
    """They decide what the analysis reads as one word, and which ideas are shown as repeats: a tool of the analysts."""
    return actor.role is Role.ANALYST

from __future__ import annotations

from forum.core.access import Actor
from forum.people.accounts.permissions import may_take_part


def can_follow(actor: Actor) -> bool:
    """Follow something: people of every role who may take part. Staff may, since to follow is neither to propose nor
    to vote."""
    return may_take_part(actor)


def can_stop_following(actor: Actor) -> bool:
    """Stop: everybody who signs in, also a child whose guardian took the consent back."""
    return actor.id is not None

from __future__ import annotations

from forum.core.access import Actor
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.permissions import can_help


def can_print_kit(actor: Actor, gathering: Gathering, helper_ids: frozenset[int]) -> bool:
    """Print the kit: the organiser and the helpers. It holds the codes of all slips."""
    return can_help(actor, gathering, helper_ids)

from __future__ import annotations

from forum.core.access import Actor
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.permissions import can_help, is_organiser


def can_type_slips(actor: Actor, gathering: Gathering, helper_ids: frozenset[int]) -> bool:
    """Copy idea slips, and correct what was copied: the organiser and the helpers."""
    return can_help(actor, gathering, helper_ids)


def can_count_sheets(actor: Actor, gathering: Gathering, helper_ids: frozenset[int]) -> bool:
    """Count vote sheets: the organiser and the helpers, two of them."""
    return can_help(actor, gathering, helper_ids)


def can_reopen_count(actor: Actor, gathering: Gathering) -> bool:
    """Have the sheets counted again after two counts were the same: the organiser."""
    return is_organiser(actor, gathering)

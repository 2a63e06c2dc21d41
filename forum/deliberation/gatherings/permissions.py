from __future__ import annotations

from forum.core.access import Actor, Role
from forum.deliberation.gatherings.models import Gathering
from forum.people.accounts.permissions import may_take_part


def can_open_gathering(actor: Actor) -> bool:
    """Open a gathering, or copy a finished one: facilitators who may take part."""
    return actor.role is Role.FACILITATOR and may_take_part(actor)


def is_organiser(actor: Actor, gathering: Gathering) -> bool:
    """The facilitator who is responsible. A role that was taken away ends it."""
    return can_open_gathering(actor) and gathering.organiser_id == actor.id


def can_manage(actor: Actor, gathering: Gathering) -> bool:
    """Edit, announce, cancel, start, finish, name helpers: the organiser. Admins may too, for one who has left."""
    return is_organiser(actor, gathering) or actor.role is Role.ADMIN


def can_help(actor: Actor, gathering: Gathering, helper_ids: frozenset[int]) -> bool:
    """Check in, open tablets, type slips and count sheets: the organiser and the helpers.

    :param helper_ids: accounts of `queries.helper_ids`
    """
    is_helper = actor.id is not None and actor.id in helper_ids and may_take_part(actor)
    return is_organiser(actor, gathering) or is_helper


def can_see_gathering(actor: Actor, gathering: Gathering, helper_ids: frozenset[int] = frozenset()) -> bool:
    """Read the page: everybody once it is announced; before that, and when it is hidden, who runs it and moderators."""
    runs_it = can_manage(actor, gathering) or can_help(actor, gathering, helper_ids)
    return gathering.is_public or runs_it or (gathering.is_hidden and actor.role is Role.ANALYST)

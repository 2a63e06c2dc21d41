from __future__ import annotations

from collections.abc import Callable

from flask_login import current_user

from forum.core.access import Actor, CodeHolder
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.permissions import is_organiser
from forum.people.passes.actor import guest_of_request

FindStandIn = Callable[[Gathering], "CodeHolder | None"]
_finders: dict[str, FindStandIn] = {}


def present_actor() -> Actor:
    """Return who acts in a page that is for guests too: the account, else the guest, else a visitor."""
    if not current_user.is_authenticated:
        guest = guest_of_request()
        if guest is not None:
            return guest
    actor: Actor = current_user._get_current_object()
    return actor


def register_stand_in(name: str, find: FindStandIn) -> None:
    """Register what returns the device of this request that took a room over by a code; None for all others.

    Registering a name again replaces it.
    """
    _finders[name] = find


def account_or_device(gathering: Gathering, may: Callable[[Actor], bool]) -> Actor:
    """Return who acts on a page of those who help: the account if it may by itself, else as `runner_of` does.

    So somebody who helps by their account and holds the room's code beside it is one person, not two.

    :param may: whether an actor may open the page
    """
    account: Actor = current_user._get_current_object()
    return account if may(account) else runner_of(gathering)


def runner_of(gathering: Gathering) -> Actor:
    """Return who acts in a page of those who run the room: its device by a code, else the account or a visitor.

    Its organiser acts by their account, also on such a device.
    """
    actor: Actor = current_user._get_current_object()
    if is_organiser(actor, gathering):
        return actor
    found = (find(gathering) for _name, find in sorted(_finders.items()))
    return next((one for one in found if one is not None), actor)

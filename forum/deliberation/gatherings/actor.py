from __future__ import annotations

from flask_login import current_user

from forum.core.access import Actor
from forum.people.passes.actor import guest_of_request


def present_actor() -> Actor:
    """Return who acts in a page that is for guests too: the account, else the guest, else a visitor."""
    if not current_user.is_authenticated:
        guest = guest_of_request()
        if guest is not None:
            return guest
    actor: Actor = current_user._get_current_object()
    return actor

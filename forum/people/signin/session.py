"""Who sends a request, in one small statement: for the few pages that are asked hundreds of times a second.

Everywhere else `current_user` is the whole account, with everything a page may want to show of it.
"""

from __future__ import annotations

from flask import session
from flask_login import current_user

from forum.core.access import Actor
from forum.core.errors import NotSignedIn
from forum.people.signin.queries import signed_in


def session_actor() -> Actor:
    """The actor behind the session cookie; a device that is only remembered is looked up the usual way.

    :raise NotSignedIn: nobody
    """
    uniquifier = session.get("_user_id")
    actor = signed_in(str(uniquifier)) if uniquifier else None
    if actor is not None:
        return actor
    if not current_user.is_authenticated:
        raise NotSignedIn
    remembered: Actor = current_user._get_current_object()
    return remembered

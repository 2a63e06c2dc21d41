"""Find a request's actor with one small statement, for the few endpoints that serve hundreds of requests a second.

Everywhere else `current_user` is the whole account, with everything that a page may show.
"""

from __future__ import annotations

from flask import g, session
from flask_login import current_user

from forum.core.access import Actor
from forum.core.errors import MustAgree, NotSignedIn
from forum.people.signin.queries import signed_in


def session_actor() -> Actor:
    """Return the actor of the session cookie; with only a remember cookie, Flask-Login finds the account.

    :raise NotSignedIn: neither cookie names an account
    :raise MustAgree: the consent or the terms have a version that the person was not asked about yet
    """
    uniquifier = session.get("_user_id")
    actor = signed_in(str(uniquifier)) if uniquifier else None
    if actor is not None:
        if actor.must_agree:
            raise MustAgree
        return actor
    if not current_user.is_authenticated:
        raise NotSignedIn
    if current_user.must_agree:
        raise MustAgree
    remembered: Actor = current_user._get_current_object()
    return remembered


def sign_out_here() -> None:
    """Sign the account out in this browser alone; it stays signed in on its other devices.

    For a device that is handed on with its owner's knowledge. The button for signing out ends all sessions instead.
    """
    session.clear()
    session["_remember"] = "clear"  # Flask-Login then deletes its cookie with the response
    g.pop("_login_user", None)

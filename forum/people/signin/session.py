"""Find a request's actor with one small statement, for the few endpoints that serve hundreds of requests a second.

Everywhere else `current_user` is the whole account, with everything that a page may show.
"""

from __future__ import annotations

from flask import current_app, request, session
from flask_login import COOKIE_NAME, current_user

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


def leave_this_browser() -> None:
    """Sign out in this browser alone, and forget everything else that its session holds.

    Signing out ends the account's sessions everywhere (`security.end_sessions_at_sign_out`). This is for a device that
    is handed on while its owner stays signed in on another one.
    """
    session.clear()
    if current_app.config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME) in request.cookies:
        session["_remember"] = "clear"  # as Flask-Login does: its hook deletes the cookie

from __future__ import annotations

from flask import Flask, current_app, request
from flask_login import current_user

from forum.core.access import Role
from forum.core.errors import MustAgree
from forum.core.i18n import _l
from forum.people.policies.models import PolicyKind
from forum.people.policies.queries import current_policies
from forum.people.policies.views import body
from forum.web.form_recovery import NEEDS_SIGN_IN, form_path
from forum.web.gate import is_public_endpoint
from forum.web.navigation import MenuEntry, Place, register_menu_entry
from forum.web.request_hooks import SAFE_METHODS

PUBLIC_POLICIES = tuple(kind for kind in PolicyKind if kind is not PolicyKind.CONSENT)
"""Linked at the foot of every page."""
FREE_BLUEPRINTS = frozenset({"security", "mydata"})
"""Signing out, changing the password, taking one's data and leaving need no agreement."""
FREE_ENDPOINTS = frozenset({"policies.agree"})


def register(app: Flask) -> None:
    """Ask people for their agreement before they act, and give templates the documents."""
    app.before_request(_ask_for_agreement)
    app.jinja_env.globals.update(
        PolicyKind=PolicyKind,
        PUBLIC_POLICIES=PUBLIC_POLICIES,
        policies_to_agree=current_policies,
        policy_body=body,
    )
    register_menu_entry(
        MenuEntry(Place.DESK, 80, _l("약관과 안내"), "policies.admin_listing", roles=frozenset({Role.ADMIN}))
    )


def _ask_for_agreement() -> None:
    """Hold what somebody does who has not agreed to the present versions; what they typed is kept.

    No statement: the account carries whether it must agree. Views that authenticate the request themselves ask too.

    :raise MustAgree: answered by `forum.web.error_pages`
    """
    endpoint = request.endpoint
    if endpoint is None or endpoint in FREE_ENDPOINTS or request.blueprint in FREE_BLUEPRINTS:
        return
    is_reading = request.method in SAFE_METHODS or endpoint not in NEEDS_SIGN_IN
    if is_public_endpoint(current_app._get_current_object(), endpoint) and is_reading:  # type: ignore[attr-defined]
        return
    if getattr(current_app.view_functions[endpoint], "authenticates_itself", False):
        return
    if current_user.is_authenticated and current_user.must_agree:
        raise MustAgree(form_path())

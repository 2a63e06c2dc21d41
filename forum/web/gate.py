"""Access gate: every view requires sign-in unless it is marked `@public`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, request
from flask_login import current_user

from forum.core.errors import NotSignedIn

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view as open to visitors. `tests/project/test_access.py` lists all of them."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def authenticates_itself(view: View) -> View:
    """Mark a view that authenticates the request itself with `session_actor()`, before it does anything else.

    Only for views in which the gate's own look-up of the whole account would be most of the work.
    """
    view.authenticates_itself = True  # type: ignore[attr-defined]
    return view


def also_for_devices(view: View) -> View:
    """Open a view, beside signed-in people, to browsers that act by a printed code (`register_device_check`).

    The gate only lets them in; the view asks what the code is for.
    """
    view.is_for_devices = True  # type: ignore[attr-defined]
    return view


_device_checks: dict[str, Callable[[], bool]] = {}


def register_device_check(name: str, check: Callable[[], bool]) -> None:
    """Register what says whether this browser acts by a code. Registering a name again replaces it."""
    _device_checks[name] = check


def is_public_endpoint(app: Flask, endpoint: str) -> bool:
    """Return whether visitors may open this endpoint."""
    return endpoint in app.extensions["public_endpoints"] or getattr(app.view_functions[endpoint], "is_public", False)


def register_access(app: Flask, public_endpoints: frozenset[str]) -> None:
    """Require sign-in for all views but the marked ones and `public_endpoints` (library views cannot be marked)."""
    app.extensions["public_endpoints"] = public_endpoints

    @app.before_request
    def close_by_default() -> None:
        endpoint = request.endpoint
        if endpoint is None or is_public_endpoint(app, endpoint):
            return
        if getattr(app.view_functions[endpoint], "authenticates_itself", False):
            return
        if getattr(app.view_functions[endpoint], "is_for_devices", False) and any(
            check() for check in _device_checks.values()
        ):
            return
        if not current_user.is_authenticated:
            raise NotSignedIn

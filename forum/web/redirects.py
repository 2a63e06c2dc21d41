"""Addresses that a page may send somebody on to."""

from __future__ import annotations

from flask_security.utils import validate_redirect_url

MAX_PATH_CHARS = 300


def path_on_this_site(path: str | None) -> str:
    """Return a path that somebody may be sent to, or "" for another site's."""
    path = path or ""
    is_plain = path.startswith("/") and "\\" not in path  # browsers read \ as /
    return path if is_plain and validate_redirect_url(path) else ""

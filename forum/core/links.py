"""Paths and addresses of pages, also where there is no request: in workers and commands."""

from __future__ import annotations

from typing import Any

from flask import current_app


def path_for(endpoint: str, **values: Any) -> str:
    """Return the path of a page on this site, such as "/ideas/17".

    :raise werkzeug.routing.BuildError: unknown endpoint, or a value is missing
    """
    return current_app.url_map.bind("localhost").build(endpoint, values)


def link_to(endpoint: str, **values: Any) -> str:
    """Return the full address of a page, for mails and files; see `address_of`."""
    return address_of(path_for(endpoint, **values))


def address_of(path: str) -> str:
    """Return the full address of a path.

    It begins with BASE_URL, never with a request's Host header, which the client controls.
    """
    return f"{current_app.config['BASE_URL']}{path}"

"""Paths and addresses of pages, also where there is no request: in workers and commands; and addresses people type."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

_NOT_IN_A_HOST = re.compile(r"[\s\\<>\"'`{}|^]")


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


def is_web_address(text: str, schemes: Collection[str] = ("http", "https")) -> bool:
    """Is this a link that people can open without surprise? No other scheme, no name before an @, no odd characters."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    is_plain = not _NOT_IN_A_HOST.search(text) and "@" not in parts.netloc
    return parts.scheme in schemes and "." in (parts.hostname or "") and is_plain

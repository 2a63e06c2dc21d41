from __future__ import annotations

from flask import Flask

from forum.core.access import STAFF_ROLES
from forum.people.accounts.queries import addresses_of
from forum.system.notices.addresses import set_address_lookup


def register(app: Flask) -> None:
    """Register STAFF_ROLES for templates, and the look-up of accounts' addresses for notices."""
    app.jinja_env.globals["STAFF_ROLES"] = STAFF_ROLES
    set_address_lookup(addresses_of)

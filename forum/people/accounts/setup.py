from __future__ import annotations

from flask import Flask

from forum.core.access import STAFF_ROLES
from forum.people.accounts.queries import addresses_of
from forum.system.notices.services import set_address_lookup


def register(app: Flask) -> None:
    """Tell the templates the roles of staff, and the notices where an account's mail goes."""
    app.jinja_env.globals["STAFF_ROLES"] = STAFF_ROLES
    set_address_lookup(addresses_of)

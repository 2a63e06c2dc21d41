from __future__ import annotations

from flask import Flask

from forum.core.access import STAFF_ROLES, Role
from forum.core.i18n import _l
from forum.people.accounts.queries import addresses_of
from forum.system.notices.addresses import set_address_lookup
from forum.web.navigation import MenuEntry, Place, register_menu_entry


def register(app: Flask) -> None:
    """Register STAFF_ROLES for templates, and the look-up of accounts' addresses for notices."""
    app.jinja_env.globals["STAFF_ROLES"] = STAFF_ROLES
    set_address_lookup(addresses_of)
    register_menu_entry(
        MenuEntry(
            Place.DESK,
            30,
            _l("맡은 일"),
            "accounts.role_home",
            roles=frozenset({Role.FACILITATOR, Role.COUNCIL_MEMBER}),
        )
    )
    register_menu_entry(
        MenuEntry(
            Place.DESK,
            70,
            _l("계정 관리"),
            "accounts.admin_listing",
            frozenset({"accounts.grant"}),
            roles=frozenset({Role.ADMIN}),
        )
    )

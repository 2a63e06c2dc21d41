from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, url_for

from forum.core.access import Actor, Role
from forum.core.i18n import _, _l
from forum.deliberation.gatherings.queries import n_without_organiser
from forum.deliberation.gatherings.search_kind import GatheringSearch
from forum.deliberation.gatherings.texts import GatheringKind
from forum.deliberation.gatherings.words import seats_line, when_line
from forum.system.finding.registry import register_search_kind
from forum.system.texts.registry import register_text_kind
from forum.web.navigation import MenuEntry, Place, register_menu_entry, register_start_page
from forum.web.waiting import Waiting, register_waiting

ADMINS = frozenset({Role.ADMIN})
PAGES = frozenset({"gatherings.show", "gatherings.new"})
DESK = frozenset({"gatherings.desk", "gatherings.edit", "gatherings.cancel"})


def register(app: Flask) -> None:
    app.jinja_env.filters.update(gathering_time=when_line, gathering_seats=seats_line)
    register_text_kind(GatheringKind())
    register_search_kind(GatheringSearch())
    register_menu_entry(MenuEntry(Place.MAIN, 35, _l("모임"), "gatherings.listing", PAGES, of_campaign=True))
    register_menu_entry(
        MenuEntry(Place.DESK, 29, _l("내 모임"), "gatherings.own", DESK, roles=frozenset({Role.FACILITATOR}))
    )
    register_menu_entry(
        MenuEntry(Place.DESK, 72, _l("진행자 없는 모임"), "gatherings.own", DESK, roles=frozenset({Role.ADMIN}))
    )
    register_start_page(Role.FACILITATOR, "gatherings.own")
    register_waiting("gatherings.own", 40, ADMINS, _waiting)


def _waiting(_admin: Actor) -> Sequence[Waiting]:
    return [Waiting(_("진행자 없는 모임"), n_without_organiser(), url_for("gatherings.own"))]

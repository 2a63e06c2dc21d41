from __future__ import annotations

from flask import Flask

from forum.core.i18n import _l
from forum.publication.tracking.queries import has_sample_things
from forum.publication.tracking.rooms import rooms_in_list, rooms_in_theme, theme_rooms
from forum.publication.tracking.search_kind import InterimAnswerSearch
from forum.system.finding.registry import register_search_kind
from forum.web.navigation import MenuEntry, Place, register_menu_entry
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    for template in ("notices/listing.html", "follows/listing.html"):
        provide_page_data(template, "is_sample", has_sample_things)
    provide_page_data("ideas/listing.html", "rooms", rooms_in_list)
    provide_page_data("themes/show.html", "rooms", theme_rooms)
    provide_page_data("desk/theme.html", "rooms", rooms_in_theme)
    register_search_kind(InterimAnswerSearch())
    register_menu_entry(MenuEntry(Place.MAIN, 10, _l("홈"), "thread.home"))
    register_menu_entry(MenuEntry(Place.MAIN, 20, _l("포럼"), "thread.campaign", of_campaign=True))
    register_menu_entry(MenuEntry(Place.TABS, 10, _l("홈"), "thread.home", icon="home"))
    register_menu_entry(
        MenuEntry(Place.TABS, 40, _l("내 활동"), "thread.mine", frozenset({"notices.*", "follows.*"}), icon="person")
    )

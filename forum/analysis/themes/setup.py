from __future__ import annotations

from flask import Flask

from forum.analysis.themes.follows import FollowedTheme
from forum.analysis.themes.search_kind import ThemeSearch
from forum.core.i18n import _l
from forum.people.follows.registry import register_follow_kind
from forum.system.finding.registry import register_search_kind
from forum.web.navigation import MenuEntry, Place, register_menu_entry


def register(_app: Flask) -> None:
    register_follow_kind(FollowedTheme())
    register_search_kind(ThemeSearch())
    register_menu_entry(
        MenuEntry(
            Place.MAIN, 40, _l("정책 주제"), "themes.public_listing", frozenset({"themes.show"}), of_campaign=True
        )
    )

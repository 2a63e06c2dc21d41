from __future__ import annotations

from flask import Flask

from forum.analysis.themes.follows import FollowedTheme
from forum.analysis.themes.search_kind import ThemeSearch
from forum.people.follows.registry import register_follow_kind
from forum.system.finding.registry import register_search_kind


def register(_app: Flask) -> None:
    register_follow_kind(FollowedTheme())
    register_search_kind(ThemeSearch())

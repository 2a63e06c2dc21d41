from __future__ import annotations

from flask import Flask

from forum.analysis.themes.follows import FollowedTheme
from forum.people.follows.registry import register_follow_kind


def register(_app: Flask) -> None:
    register_follow_kind(FollowedTheme())

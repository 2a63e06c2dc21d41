from __future__ import annotations

from flask import Flask

from forum.people.follows.kinds import FollowedMinistry
from forum.people.follows.registry import register_follow_kind


def register(_app: Flask) -> None:
    register_follow_kind(FollowedMinistry())

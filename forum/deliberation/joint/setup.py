from __future__ import annotations

from flask import Flask

from forum.deliberation.joint import wall_views
from forum.deliberation.joint.state import StateCache
from forum.deliberation.joint.wall import WallReader

VIEWS = (wall_views,)
"""Modules whose routes stand on the blueprint of `views`."""


def register(app: Flask) -> None:
    app.extensions["joint_states"] = StateCache()
    app.extensions["joint_walls"] = StateCache(WallReader().answer)

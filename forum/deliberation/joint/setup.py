from __future__ import annotations

from flask import Flask

from forum.deliberation.joint.state import StateCache


def register(app: Flask) -> None:
    app.extensions["joint_states"] = StateCache()

from __future__ import annotations

from flask import Flask

from forum.analysis.opinions import polis_views


def register(app: Flask) -> None:
    app.register_blueprint(polis_views.bp)

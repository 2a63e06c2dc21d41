from __future__ import annotations

from flask import Flask

from forum.response.deadlines.queries import on_time


def register(app: Flask) -> None:
    """Let the board, whose slice lies below this one, show who answers in time."""
    app.jinja_env.globals["on_time"] = on_time

from __future__ import annotations

from flask import Flask

from forum.response.deadlines.queries import on_time
from forum.web.page_data import provide_page_data


def register(app: Flask) -> None:
    """Add each ministry's share of answers in time to the board of referrals."""
    provide_page_data("referrals/board.html", "on_time", on_time)

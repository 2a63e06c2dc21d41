from __future__ import annotations

from flask import Flask

from forum.response.deadlines.queries import on_time
from forum.web.page_data import provide_page_data


def register(app: Flask) -> None:
    """Add each ministry's share of answers in time to the board and to its own page."""
    provide_page_data("referrals/board.html", "on_time", on_time)
    provide_page_data("referrals/ministry.html", "on_time", lambda ministry: on_time(ministry=ministry))

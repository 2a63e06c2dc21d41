from __future__ import annotations

from flask import Flask

from forum.response.referrals.queries import referrals_of
from forum.web.page_data import provide_page_data


def register(app: Flask) -> None:
    """Add a theme's referrals to its page."""
    provide_page_data("themes/show.html", "referrals", lambda theme: referrals_of(theme.id))

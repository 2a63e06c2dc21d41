from __future__ import annotations

from flask import Flask

from forum.response.referrals.queries import binding_by_letters, referrals_of
from forum.voice.ideas.binding import register_binding
from forum.web.page_data import provide_page_data


def register(app: Flask) -> None:
    """Add a theme's referrals to its page, and let letters bind the ideas they quote."""
    register_binding(binding_by_letters)
    provide_page_data("themes/show.html", "referrals", lambda theme: referrals_of(theme.id))

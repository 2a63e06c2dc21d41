from __future__ import annotations

from flask import Flask

from forum.referrals.queries import referrals_of


def register(app: Flask) -> None:
    """Let the theme page, whose slice lies below this one, show where its theme went."""
    app.jinja_env.globals["referrals_of"] = referrals_of

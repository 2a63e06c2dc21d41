from __future__ import annotations

from flask import Flask

from forum.response.referrals.letter_pdf import author_of, is_gone
from forum.response.referrals.queries import referrals_of


def register(app: Flask) -> None:
    """Let the theme page, whose slice lies below this one, show where its theme went."""
    app.jinja_env.globals.update(referrals_of=referrals_of, quoted_author=author_of, is_gone=is_gone)

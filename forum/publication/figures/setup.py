from __future__ import annotations

from flask import Flask

from forum.publication.figures.recent import recent_themes
from forum.web.page_data import provide_page_data


def register(app: Flask) -> None:
    """Draw the themes by size above their list."""
    provide_page_data("themes/public_listing.html", "sizes", recent_themes)

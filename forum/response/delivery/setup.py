from __future__ import annotations

from flask import Flask

from forum.analysis.themes.models import Theme
from forum.response.delivery.pages import letter_sides, sides_in_list
from forum.response.delivery.queries import two_sides_of_themes
from forum.response.delivery.rounds import follow_answer
from forum.response.delivery.sides import TwoSides
from forum.response.delivery.texts import MilestoneRatingKind
from forum.response.referrals.followups import register_after_publication
from forum.system.texts.registry import register_text_kind
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    """Follow answers with rounds, and add both sides to the pages of letters, themes and lists of letters."""
    register_after_publication(follow_answer)
    register_text_kind(MilestoneRatingKind())
    provide_page_data("referrals/show.html", "ratings", letter_sides)
    provide_page_data("referrals/_list.html", "sides", sides_in_list)
    provide_page_data("themes/show.html", "theme_sides", _of_theme)


def _of_theme(theme: Theme) -> TwoSides | None:
    """Return both sides of a theme; None while nothing that was promised about it is done."""
    if theme.frozen_at is None:
        return None
    sides = two_sides_of_themes([theme.id])[theme.id]
    return sides if sides.n_done else None

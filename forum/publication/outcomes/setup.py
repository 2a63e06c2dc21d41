from __future__ import annotations

from flask import Flask

from forum.publication.outcomes.recent import outcome_said
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    """Say the figure above the list of letters."""
    provide_page_data("referrals/board.html", "outcome_said", outcome_said)

from __future__ import annotations

from flask import Flask

from forum.deliberation.council.pages import register_term_panel
from forum.deliberation.rounds.pages import rounds_panel
from forum.deliberation.rounds.search_kind import TaskSearch
from forum.system.finding.registry import register_search_kind


def register(_app: Flask) -> None:
    """Let the search find tasks, and show rounds on the page of their term."""
    register_search_kind(TaskSearch())
    register_term_panel(10, "rounds/_term_panel.html", rounds_panel)

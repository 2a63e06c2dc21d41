from __future__ import annotations

from flask import Flask

from forum.deliberation.rounds.search_kind import TaskSearch
from forum.system.finding.registry import register_search_kind


def register(_app: Flask) -> None:
    """Let the search find tasks."""
    register_search_kind(TaskSearch())

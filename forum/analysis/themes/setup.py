from __future__ import annotations

from flask import Flask

from forum.analysis.themes.search_kind import ThemeSearch
from forum.system.finding.registry import register_search_kind


def register(_app: Flask) -> None:
    register_search_kind(ThemeSearch())

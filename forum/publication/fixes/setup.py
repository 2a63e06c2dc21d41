from __future__ import annotations

from flask import Flask

from forum.publication.fixes.search_kinds import PilotSearch, PlaceSearch
from forum.system.finding.registry import register_search_kind


def register(_app: Flask) -> None:
    register_search_kind(PilotSearch())
    register_search_kind(PlaceSearch())

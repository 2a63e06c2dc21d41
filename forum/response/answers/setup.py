from __future__ import annotations

from flask import Flask

from forum.response.answers.search_kind import AnswerSearch
from forum.system.finding.registry import register_search_kind


def register(_app: Flask) -> None:
    register_search_kind(AnswerSearch())

from __future__ import annotations

from flask import Flask

from forum.analysis.opinions.firsts import register_first_ideas
from forum.analysis.shortlists.queries import first_ideas


def register(_app: Flask) -> None:
    register_first_ideas("shortlist", first_ideas)

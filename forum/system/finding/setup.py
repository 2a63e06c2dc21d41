from __future__ import annotations

from flask import Flask
from markupsafe import Markup, escape

from forum.system.finding.search import SearchWords


def register(app: Flask) -> None:
    app.jinja_env.filters.update(marked=_marked, cut=_cut)


def _marked(text: str, words: SearchWords | None) -> Markup:
    return words.mark(text) if words else escape(text)


def _cut(text: str, words: SearchWords) -> str:
    return words.cut(text)

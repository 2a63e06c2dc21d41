from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from forum.analysis.themes.models import DECIDED_STATES, Theme
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.core.korean import citations
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords


class ThemeSearch(SearchKind):
    """Finds decided themes by title, summary and reason, all of which are public. Shown is the summary."""

    code = "themes"
    label = _l("정책 주제")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        text = (Theme.summary + sa.literal(" ") + Theme.decision_reason).label("text")
        query = sa.select(Theme.id.label("id"), Theme.title.label("title"), text).where(Theme.state.in_(DECIDED_STATES))
        if campaign_id is not None:
            query = query.where(Theme.campaign_id == campaign_id)
        return rank_rows(words, query, _readable)

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = sa.select(Theme).where(Theme.id.in_(ids), Theme.state.in_(DECIDED_STATES))
        themes = {theme.id: theme for theme in db.session.scalars(query.options(joinedload(Theme.campaign)))}
        return [_found(themes[theme_id]) for theme_id in ids if theme_id in themes]


def _found(theme: Theme) -> Found:
    text = _readable(theme.summary)
    path, at = url_for("themes.show", theme_id=theme.id), theme.decided_at or theme.created_at
    return Found(theme.title, text, path, theme.campaign, at, str(theme.state.label))


def _readable(text: str) -> str:
    """Return a text without its [#12] marks, which are no words."""
    return "".join(piece.text.rstrip(" ") for piece in citations(text))

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from forum.core.extensions import db
from forum.core.i18n import _l
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.ranking import in_campaign, rank_ideas


class IdeaSearch(SearchKind):
    """Finds open ideas, by the full-text index."""

    code = "ideas"
    label = _l("제안")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        conditions = [Idea.state == IdeaState.OPEN]
        if campaign_id is not None:
            conditions.append(in_campaign(campaign_id))
        return rank_ideas(words, *conditions)

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = sa.select(Idea).where(Idea.id.in_(ids), Idea.state == IdeaState.OPEN)
        ideas = {idea.id: idea for idea in db.session.scalars(query.options(joinedload(Idea.campaign)))}
        return [_found(ideas[idea_id]) for idea_id in ids if idea_id in ideas]


def _found(idea: Idea) -> Found:
    path = url_for("thread.idea", idea_id=idea.id)
    note = str(idea.sector.label) if idea.sector else ""
    return Found(idea.title, idea.body, path, idea.campaign, idea.created_at, note)

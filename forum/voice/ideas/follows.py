from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.core.links import path_for
from forum.people.follows.registry import FollowKind
from forum.voice.ideas.models import SHOWN_STATES, Idea


class FollowedIdea(FollowKind):
    """Ideas. A hidden or withdrawn idea sends nothing; its followers hear again when it is back."""

    code, path_name, label = Idea.__tablename__, "ideas", _l("제안")
    model = Idea

    def title(self, thing: Idea) -> str:
        return thing.title

    def path(self, thing: Idea) -> str:
        return path_for("thread.idea", idea_id=thing.id)

    def is_public(self, thing: Idea) -> bool:
        return thing.state in SHOWN_STATES

    def has_news(self) -> sa.ColumnElement[bool]:
        return Idea.state.in_(SHOWN_STATES)

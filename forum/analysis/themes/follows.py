from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from forum.analysis.themes.models import Theme, ThemeIdea
from forum.core.i18n import _l
from forum.core.links import path_for
from forum.people.follows.queries import About, followers_of
from forum.people.follows.registry import FollowKind
from forum.people.ministries.models import Ministry
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea


class FollowedTheme(FollowKind):
    """Themes. Who followed one that was merged hears of its target."""

    code, path_name, label = Theme.__tablename__, "themes", _l("정책 주제")
    model = Theme

    def title(self, thing: Theme) -> str:
        return thing.title

    def path(self, thing: Theme) -> str:
        return path_for("themes.show", theme_id=thing.id)

    def is_public(self, thing: Theme) -> bool:
        return thing.is_decided


def theme_followers(theme_id: int, ministry_ids: Collection[int] = ()) -> list[int]:
    """Return the accounts that follow a theme, its campaign, one of its ideas or one of these ministries, once."""
    merged = sa.select(sa.literal(theme_id).label("id")).cte("merged", recursive=True)
    merged = merged.union(sa.select(Theme.id).join(merged, Theme.merged_into_id == merged.c.id))
    about: About = {
        Theme.__tablename__: sa.select(merged.c.id),
        Idea.__tablename__: sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == theme_id),
        Campaign.__tablename__: sa.select(Theme.campaign_id).where(Theme.id == theme_id),
        Ministry.__tablename__: ministry_ids,
    }
    return followers_of(about)

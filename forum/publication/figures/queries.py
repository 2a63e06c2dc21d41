"""What the pictures of a forum show: its ideas over time and by sector, its themes by size and answer.

Each query sends a fixed number of statements and reads indexes, not the ideas' texts, so far as that can be done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.listing import AnswerGroup
from forum.analysis.themes.models import Theme, ThemeIdea, ThemeState
from forum.core import clock
from forum.core.database import UtcDateTime
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import path_for
from forum.response.referrals.models import Decision
from forum.response.referrals.standings import standings_of
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.ideas.models import Idea, IdeaState

STEPS = (1, 7, 28)
"""Days of one column: the first with which all days fit into `MAX_POINTS`, or the last."""
MAX_POINTS = 60


@dataclass(frozen=True)
class OverTime:
    """Counts of as many days each, the first day with its count; without gaps."""

    points: Sequence[tuple[date, int]]
    days: int


@dataclass(frozen=True)
class SectorCount:
    """How many open ideas a sector has. `url` lists them; empty for ideas without a sector."""

    label: str
    value: int
    url: str


@dataclass(frozen=True)
class ThemeSize:
    """An approved theme with its number of ideas and of their authors, and where its answer stands."""

    title: str
    url: str
    value: int
    people: int
    """0 if all its ideas were imported, whose authors are not known here."""
    state: str
    tone: str
    is_answered: bool = False
    is_late: bool = False
    is_partly: bool = False
    """The ministry accepted it only in part."""


def ideas_over_time(campaign: Campaign) -> OverTime | None:
    """Count the open ideas by when they were posted, up to today or the end of proposing; None if there are none.

    Two statements, both from the index of the newest ideas: one reads its ends, one counts its stretches.
    """
    is_ours = (Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
    ends: Sequence[Any] = db.session.execute(
        sa.select(
            sa.select(Idea.created_at).where(*is_ours).order_by(Idea.created_at).limit(1).scalar_subquery(),
            sa.select(Idea.created_at).where(*is_ours).order_by(Idea.created_at.desc()).limit(1).scalar_subquery(),
        )
    ).one()
    first, last = ends
    if first is None:
        return None
    first_day = _day(first)
    n_days = (max(_day(last), _last_day(campaign)) - first_day).days + 1
    step = next((days for days in STEPS if n_days <= days * MAX_POINTS), STEPS[-1])
    starts = [first_day + timedelta(days=n) for n in range(0, n_days, step)]
    column = sa.values(
        sa.column("starts_at", UtcDateTime), sa.column("ends_at", UtcDateTime), name="column_of_days"
    ).data([(_midnight(day), _midnight(day + timedelta(days=step))) for day in starts])
    stretch = column.cte()
    counted = (
        sa.select(sa.func.count(Idea.id))
        .where(*is_ours, Idea.created_at >= stretch.c.starts_at, Idea.created_at < stretch.c.ends_at)
        .correlate(stretch)
        .scalar_subquery()
    )
    query = sa.select(counted).select_from(stretch).order_by(stretch.c.starts_at)
    return OverTime(list(zip(starts, db.session.scalars(query), strict=True)), step)


def ideas_by_sector(campaign: Campaign) -> list[SectorCount]:
    """Return the sectors with open ideas, the largest first; ideas without a sector last. One statement."""
    query = (
        sa.select(Idea.sector, sa.func.count())
        .where(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
        .group_by(Idea.sector)
    )
    counts = [(sector, n) for sector, n in db.session.execute(query)]
    counts.sort(key=lambda pair: (pair[0] is None, -pair[1]))
    return [
        SectorCount(str(sector.label), n, path_for("ideas.listing", slug=campaign.slug, sector=sector.name))
        if sector
        else SectorCount(_("부문을 고르지 않음"), n, "")
        for sector, n in counts
    ]


def themes_by_size(campaign: Campaign) -> list[ThemeSize]:
    """Return the approved themes, the largest first. Two statements."""
    query = (
        sa.select(Theme.id, Theme.title, sa.func.count(ThemeIdea.idea_id), sa.func.count(sa.distinct(Idea.author_id)))
        .join(ThemeIdea, ThemeIdea.theme_id == Theme.id)
        .join(Idea, Idea.id == ThemeIdea.idea_id)
        .where(Theme.campaign_id == campaign.id, Theme.state == ThemeState.APPROVED, Idea.state != IdeaState.HIDDEN)
        .group_by(Theme.id, Theme.title)
        .order_by(sa.func.count(ThemeIdea.idea_id).desc(), Theme.id)
    )
    standings = standings_of(campaign)
    found = []
    for theme_id, title, n_ideas, n_people in db.session.execute(query):
        standing, path = standings.get(theme_id), path_for("themes.show", theme_id=theme_id)
        if standing is None:
            found.append(ThemeSize(title, path, n_ideas, n_people, _("전달 전"), "secondary"))
        else:  # one colour for one word, also where a clock stands still
            is_open = standing.group is AnswerGroup.WAITING and not standing.is_late
            tone = "information" if is_open else standing.tone
            is_answered = standing.group is not AnswerGroup.WAITING
            is_partly = is_answered and standing.label == Decision.PARTLY.label
            size = ThemeSize(
                title, path, n_ideas, n_people, str(standing.label), tone, is_answered, standing.is_late, is_partly
            )
            found.append(size)
    return found


def _last_day(campaign: Campaign) -> date:
    """Return the last day that may have ideas: today, or the day before proposing closed."""
    closes = [phase.closes_at for phase in campaign.phases if phase.kind is PhaseKind.PROPOSING and phase.closes_at]
    return min([clock.today(), *(_day(closes_at - timedelta(microseconds=1)) for closes_at in closes)])


def _day(moment: datetime) -> date:
    return moment.astimezone(clock.SEOUL).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SEOUL)

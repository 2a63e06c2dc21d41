"""The approved themes of a digest, and the clusters of its run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import defer

from forum.analysis.curation.queries import continued_themes
from forum.analysis.themes.models import (
    Cluster,
    ClusterMember,
    MemberSource,
    Theme,
    ThemeIdea,
    ThemeRun,
    ThemeState,
)
from forum.analysis.themes.queries import adopted_themes
from forum.core.clock import SEOUL
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.publication.digests.collecting.ideas import People, Placed, is_within, n_authors
from forum.publication.digests.collecting.letters import Letters
from forum.publication.digests.collecting.opinion import DIVIDING_OF_THEME, Opinions
from forum.publication.digests.collecting.voices import voices_of
from forum.publication.digests.content import NO_SECTOR, ClusterLine, IdeaLine, Period, PledgeLine, ThemeChapter
from forum.publication.digests.kinds import Scope
from forum.response.delivery.sides import TwoSides

THEME_KEYWORDS, CLUSTER_KEYWORDS = 10, 6


@dataclass(frozen=True)
class Members:
    """Ideas of a theme: all, those that a person put there, and what the machine said of its cluster."""

    ids: list[int] = field(default_factory=list)
    by_hand: list[int] = field(default_factory=list)
    representatives: list[int] = field(default_factory=list)


def approved_themes(campaign_id: int, scope: Scope) -> Sequence[Theme]:
    """Return the approved themes that a digest holds, the oldest first."""
    query = (
        sa.select(Theme)
        .where(Theme.campaign_id == campaign_id, Theme.state == ThemeState.APPROVED, *scope.themes)
        .order_by(Theme.id)
    )
    return db.session.scalars(query).all()


def members_of(themes: Sequence[Theme]) -> Mapping[int, Members]:
    """Return the ideas of each theme, open or not. Two statements."""
    found: dict[int, Members] = defaultdict(Members)
    rows = sa.select(ThemeIdea.theme_id, ThemeIdea.idea_id, ThemeIdea.source)
    rows = rows.where(ThemeIdea.theme_id.in_([theme.id for theme in themes])).order_by(ThemeIdea.idea_id)
    for theme_id, idea_id, source in db.session.execute(rows):
        found[theme_id].ids.append(idea_id)
        if source is MemberSource.HUMAN:
            found[theme_id].by_hand.append(idea_id)
    theme_of = {theme.cluster_id: theme.id for theme in themes if theme.cluster_id}
    told = sa.select(ClusterMember.cluster_id, ClusterMember.idea_id).where(
        ClusterMember.cluster_id.in_(theme_of.keys()), ClusterMember.is_representative
    )
    for cluster_id, idea_id in db.session.execute(told.order_by(ClusterMember.idea_id)):
        found[theme_of[cluster_id]].representatives.append(idea_id)
    return found


def clusters_of(themes: Sequence[Theme]) -> Mapping[int, Cluster]:
    """Return the clusters that these themes were made from, by id."""
    ids = [theme.cluster_id for theme in themes if theme.cluster_id]
    query = sa.select(Cluster).where(Cluster.id.in_(ids)).options(defer(Cluster.agreed), defer(Cluster.divided))
    return {cluster.id: cluster for cluster in db.session.scalars(query)}


@dataclass(frozen=True)
class Sources:
    """What the chapters of all themes are made from."""

    lines: Mapping[int, IdeaLine]
    people: People
    members: Mapping[int, Members]
    clusters: Mapping[int, Cluster]
    letters: Letters
    opinions: Opinions
    period: Period
    sides: Mapping[int, TwoSides]
    pledges: Mapping[int, PledgeLine]


def chapters(themes: Sequence[Theme], sources: Sources) -> tuple[ThemeChapter, ...]:
    """Return the themes as chapters, those with the most ideas first."""
    made = [_chapter(theme, sources) for theme in themes]
    return tuple(sorted(made, key=lambda chapter: (-len(chapter.ideas), chapter.id)))


def _chapter(theme: Theme, sources: Sources) -> ThemeChapter:
    members, cluster = sources.members.get(theme.id, Members()), sources.clusters.get(theme.cluster_id or 0)
    found = [sources.lines[key] for key in members.ids if key in sources.lines]
    ideas = tuple(sorted(found, key=lambda idea: (-idea.agree, idea.id)))
    ids = {idea.id for idea in ideas}
    by_hand = tuple(key for key in members.by_hand if key in ids)
    if 2 * len(by_hand) > len(ideas):
        cluster = None  # analysts made another theme of it: what the run says of its cluster is not true of the theme
    representatives = tuple(key for key in members.representatives if key in ids)
    dividing = sources.opinions.dividing(ids, DIVIDING_OF_THEME)
    return ThemeChapter(
        id=theme.id,
        title=theme.title,
        summary=theme.summary,
        run_number=theme.run_id,
        approved_on=theme.decided_at.astimezone(SEOUL).date() if theme.decided_at else None,
        sector=_sector_of(ideas),
        ideas=ideas,
        by_hand=by_hand,
        representatives=representatives,
        keywords=_keywords(cluster, THEME_KEYWORDS) if cluster else (),
        people=n_authors(ids, sources.people),
        copies=sum(idea.copy_of is not None for idea in ideas),
        stability=cluster.stability if cluster else None,
        referrals=sources.letters.of_theme.get(theme.id, ()),
        voices=voices_of(ideas, representatives, dividing, sources.opinions),
        dividing=dividing,
        new_ideas=sum(is_within(idea.created_on, sources.period) for idea in ideas),
        url=link_to("themes.show", theme_id=theme.id),
        sides=sources.sides.get(theme.id),
        pledges=sources.pledges.get(theme.id),
    )


def _sector_of(ideas: Collection[IdeaLine]) -> str:
    """Return the sector that most of the ideas have."""
    sectors = Counter(idea.sector for idea in ideas)
    return min(sectors, key=lambda name: (-sectors[name], name)) if sectors else str(NO_SECTOR)


def cluster_lines(run: ThemeRun, placed: Placed, ids: Collection[int], *, has_empty: bool) -> tuple[ClusterLine, ...]:
    """Return the run's clusters with those of their ideas that the digest holds.

    :param has_empty: also clusters of which it holds none
    """
    themes = continued_themes(run.id, [cluster.id for cluster in run.clusters]) | adopted_themes(run)
    lines = [
        ClusterLine(
            number=cluster.number,
            title=cluster.title,
            status=themes[cluster.id].state.label if cluster.id in themes else _("분석가 검토 전"),
            keywords=_keywords(cluster, CLUSTER_KEYWORDS),
            idea_ids=tuple(key for key in placed.clusters.get(cluster.id, ()) if key in ids),
        )
        for cluster in run.clusters
    ]
    return tuple(line for line in lines if has_empty or line.idea_ids)


def _keywords(cluster: Cluster, most: int) -> tuple[str, ...]:
    return tuple(keyword["word"] for keyword in cluster.keywords[:most])

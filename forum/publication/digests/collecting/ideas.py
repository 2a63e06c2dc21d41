"""The open ideas of a digest, read as plain rows: a campaign may have tens of thousands."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.models import ClusterMember, Theme, ThemeIdea, ThemeRun, ThemeState, UnthemedIdea
from forum.core.clock import SEOUL
from forum.core.extensions import db
from forum.core.links import link_to
from forum.core.reference import Sector, regions
from forum.publication.digests.content import (
    NO_REGION,
    NO_SECTOR,
    Cell,
    Ground,
    IdeaLine,
    PaperVotes,
    Period,
    Points,
    RoomMark,
    Unthemed,
    hide_small,
)
from forum.publication.digests.kinds import Scope
from forum.voice.ideas.models import Comment, CommentState, Idea, IdeaState, IdeaTally
from forum.voice.votes.models import Vote

ROWS_PER_FETCH = 1000
STEPS = (1, 7, 28, 91, 182, 364)  # days of a point over time: whole weeks, so that weekends weigh the same
MOST_POINTS = 31  # as many columns as the picture has: a point more, and it would tell of other sums than the table
People = Mapping[int, int | None]
"""Idea id -> participant id of its author, None for an imported idea. It is counted and never printed."""


@dataclass(frozen=True)
class Placed:
    """Where the run put its ideas.

    :param clusters: cluster id -> ids in the run's order
    :param copy_of: id -> the idea whose near-copy it is
    """

    clusters: Mapping[int, Sequence[int]]
    unthemed: Sequence[Unthemed]
    copy_of: Mapping[int, int]

    @property
    def ids(self) -> set[int]:
        clustered = {key for ids in self.clusters.values() for key in ids}
        return clustered | {left.idea_id for left in self.unthemed}


def ideas_in(campaign_id: int, scope: Scope) -> sa.Select[int]:
    """Return the query of ids of the open ideas that a digest may hold."""
    query = sa.select(Idea.id).where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
    return query if scope.has_all_ideas else query.where(Idea.id.in_(_in_themes(campaign_id, scope)))


def _in_themes(campaign_id: int, scope: Scope) -> sa.Select[int]:
    return (
        sa.select(ThemeIdea.idea_id)
        .join(Theme, Theme.id == ThemeIdea.theme_id)
        .where(Theme.campaign_id == campaign_id, Theme.state == ThemeState.APPROVED, *scope.themes)
    )


def placed_ideas(run: ThemeRun) -> Placed:
    """Return where the run put its ideas, those that are not open any more among them."""
    members = (
        sa.select(ClusterMember.cluster_id, ClusterMember.idea_id, ClusterMember.copy_of_id)
        .where(ClusterMember.run_id == run.id, ClusterMember.is_main)
        .order_by(ClusterMember.cluster_id, ClusterMember.rank)
    )
    clusters: dict[int, list[int]] = defaultdict(list)
    copy_of = {}
    for cluster_id, idea_id, original_id in _rows(members):
        clusters[cluster_id].append(idea_id)
        if original_id is not None:
            copy_of[idea_id] = original_id
    left = (
        sa.select(UnthemedIdea.idea_id, UnthemedIdea.reason)
        .where(UnthemedIdea.run_id == run.id)
        .order_by(UnthemedIdea.reason, UnthemedIdea.idea_id)
    )
    return Placed(clusters, [Unthemed(key, reason.label) for key, reason in _rows(left)], copy_of)


def idea_lines(
    ids: sa.Select[int],
    copy_of: Mapping[int, int],
    grounds: Mapping[int, Ground],
    rooms: Mapping[int, RoomMark],
    paper: Mapping[int, PaperVotes],
) -> tuple[dict[int, IdeaLine], dict[int, int | None]]:
    """Return the ideas by id, and the authors' ids apart, since they are not printed.

    An idea is a copy only while its original is among them.
    """
    query = (
        sa.select(
            Idea.id,
            Idea.title,
            Idea.body,
            Idea.sector,
            Idea.region_code,
            Idea.created_at,
            Idea.imported_agree_count,
            Idea.author_id,
            IdeaTally.agree,
            IdeaTally.disagree,
            IdeaTally.pass_,
            IdeaTally.comments,
        )
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .where(Idea.id.in_(ids))
        .order_by(Idea.id)
    )
    base = link_to("thread.idea", idea_id=0).removesuffix("0")
    sectors = {None: str(NO_SECTOR)} | {sector: sector.label for sector in Sector}
    places = {None: str(NO_REGION)} | {code: region.short_name for code, region in regions().items()}
    lines: dict[int, IdeaLine] = {}
    authors: dict[int, int | None] = {}
    for row in _rows(query):
        sector, region = sectors[row.sector], places.get(row.region_code, places[None])
        line = _line(row, f"{base}{row.id}", sector, region, copy_of.get(row.id), grounds.get(row.id))
        is_beside = row.id in rooms or row.id in paper
        lines[row.id] = replace(line, room=rooms.get(row.id), paper=paper.get(row.id)) if is_beside else line
        authors[row.id] = row.author_id
    for line in list(lines.values()):
        if line.copy_of not in lines and line.copy_of is not None:
            lines[line.id] = replace(line, copy_of=None)
    return lines, authors


def _line(row: Any, url: str, sector: str, region: str, copy_of: int | None, ground: Ground | None) -> IdeaLine:
    return IdeaLine(
        id=row.id,
        title=row.title,
        body=row.body,
        sector=sector,
        region=region,
        created_on=row.created_at.astimezone(SEOUL).date(),
        agree=row.agree,
        disagree=row.disagree,
        pass_=row.pass_,
        comments=row.comments,
        imported_agree_count=row.imported_agree_count,
        url=url,
        copy_of=copy_of,
        ground=ground,
    )


def n_authors(idea_ids: Iterable[int], people: People) -> int:
    """Count the distinct authors that are known: those of imported ideas are not."""
    return len({people[key] for key in idea_ids} - {None})


def n_people(idea_ids: Iterable[int], people: People) -> int:
    """Count distinct authors for hiding cells. An imported idea counts as one person, since its author is unknown."""
    return len({people[key] or f"imported {key}" for key in idea_ids})


def counted_cells(names: Iterable[str], lines: Sequence[IdeaLine], people: People) -> tuple[Cell, ...]:
    """Return a cell for each name, those with the most ideas first; those from too few people hidden.

    :param names: of each line, its sector say
    """
    named = list(names)
    ideas = Counter(named)
    groups: dict[str, set[int]] = defaultdict(set)
    for name, line in zip(named, lines, strict=True):
        groups[name].add(line.id)
    order = sorted(ideas, key=lambda name: (-ideas[name], name))
    return hide_small({name: (ideas[name], n_people(groups[name], people)) for name in order})


def over_time(lines: Sequence[IdeaLine], period: Period) -> Points:
    """Return the ideas that came in the period, by as many days as make a line of at most `MOST_POINTS`."""
    came = Counter(line.created_on for line in lines if is_within(line.created_on, period))
    if not came:
        return Points(1, ())
    first = period.from_day or min(came)
    n_days = (period.to_day - first).days + 1
    step = next((one for one in STEPS if n_days <= one * MOST_POINTS), STEPS[-1])
    sums: Counter[int] = Counter()
    for day, n in came.items():
        sums[(day - first).days // step] += n
    places = range((n_days - 1) // step + 1)
    return Points(step, tuple((first + timedelta(days=step * place), sums[place]) for place in places))


def is_within(day: date, period: Period) -> bool:
    return (period.from_day is None or period.from_day <= day) and day <= period.to_day


@dataclass(frozen=True)
class Activity:
    """Votes and comments on the digest's ideas; in the period where it says so."""

    voters: int
    votes: int
    comments: int


def activity(ids: sa.Select[int], run: ThemeRun, period: Period) -> Activity:
    """Count who voted on the run's ideas, and the votes and comments of the period. Two statements."""
    counted = sa.and_(Idea.id.in_(ids), Idea.id.in_(_run_ids(run)))
    votes = (
        sa.select(
            sa.func.count(Vote.participant_id.distinct()),
            sa.func.coalesce(sa.func.sum(sa.case((_within(Vote.cast_at, period), 1), else_=0)), 0),
        )
        .join(Idea, Idea.id == Vote.idea_id)
        .where(counted, Vote.excluded_by_id.is_(None))
    )
    comments = (
        sa.select(sa.func.count())
        .select_from(Comment)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(counted, Comment.state == CommentState.VISIBLE, _within(Comment.created_at, period))
    )
    n_voters, n_votes = db.session.execute(votes).one()
    return Activity(n_voters, int(n_votes), db.session.scalar(comments) or 0)


def _within(column: Any, period: Period) -> sa.ColumnElement[bool]:
    """Return the condition that a time lies in the period."""
    bounds: list[sa.ColumnElement[bool]] = [column < start_of(period.to_day + timedelta(days=1))]
    if period.from_day is not None:
        bounds.append(column >= start_of(period.from_day))
    return sa.and_(*bounds)


def start_of(day: date) -> datetime:
    """Return the first moment of a day in Seoul."""
    return datetime.combine(day, time.min, SEOUL)


def _run_ids(run: ThemeRun) -> sa.CompoundSelect[int]:
    """Return a subquery of the run's idea ids; a list of 100,000 parameters would be too long for a statement."""
    clustered = sa.select(ClusterMember.idea_id).where(ClusterMember.run_id == run.id, ClusterMember.is_main)
    return clustered.union(sa.select(UnthemedIdea.idea_id).where(UnthemedIdea.run_id == run.id))


def _rows(query: sa.Select[*tuple[Any, ...]]) -> Iterable[Any]:
    return db.session.execute(query, execution_options={"yield_per": ROWS_PER_FETCH})

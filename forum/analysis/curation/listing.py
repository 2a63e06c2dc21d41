"""The long lists of the desk, paged and sorted by the database: clusters, themes and their ideas.

Each sends a fixed number of statements, however many ideas a run or a theme holds. Near-copies stand behind the first
of their group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from forum.analysis.curation.models import Proposal, ProposalState
from forum.analysis.curation.queries import heirs_of, n_open_proposals, open_proposals_query
from forum.analysis.themes.models import (
    LIVE_STATES,
    Cluster,
    ClusterMember,
    MemberSource,
    Theme,
    ThemeIdea,
    ThemeRun,
    ThemeState,
)
from forum.core.database import LabelledEnum
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.people.accounts.models import Participant
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaTally

PAGE_SIZE = 50


Item = TypeVar("Item")


_WITH_IDEA = (joinedload(Idea.tally), joinedload(Idea.author).joinedload(Participant.account))


class Sort(LabelledEnum):
    SIZE = "SIZE"
    SUPPORT = "SUPPORT"
    STABILITY = "STABILITY"
    NEW = "NEW"

    __labels__ = {
        SIZE: _l("제안 많은 순"),
        SUPPORT: _l("찬성 많은 순"),
        STABILITY: _l("안정된 순"),
        NEW: _l("새로 바뀐 순"),
    }


class MemberSort(LabelledEnum):
    AGREE = "AGREE"
    CLOSE = "CLOSE"
    NEW = "NEW"

    __labels__ = {
        AGREE: _l("찬성 많은 순"),
        CLOSE: _l("가까운 순"),
        NEW: _l("최근 제안 순"),
    }


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some of a longer list. `number` counts from 1; one beyond the end is empty."""

    items: Sequence[Item]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True)
class Votes:
    agree: int = 0
    disagree: int = 0
    pass_: int = 0

    @property
    def all(self) -> int:
        return self.agree + self.disagree + self.pass_


@dataclass(frozen=True)
class ClusterRow:
    """A cluster with the votes on its ideas, and the theme that was made of it or that it carries on."""

    cluster: Cluster
    steadiness: float
    votes: Votes
    theme: Theme | None = None
    is_heir: bool = False


@dataclass(frozen=True)
class ThemeRow:
    theme: Theme
    n_ideas: int
    n_by_hand: int
    votes: Votes
    steadiness: float | None
    n_proposals: int


@dataclass(frozen=True)
class MemberRow:
    """An idea of a cluster or a theme, with how many near-copies of it stand behind it there."""

    idea: Idea
    score: float | None
    source: MemberSource
    is_representative: bool
    copies: int = 0


@dataclass(frozen=True)
class MemberFilter:
    """What a list of members is narrowed and ordered by. `copies_of` shows the near-copies of one idea alone."""

    sort: MemberSort = MemberSort.AGREE
    question: str = ""
    source: MemberSource | None = None
    copies_of: int | None = None
    page: int = 1

    @classmethod
    def parse(cls, args: Any) -> MemberFilter:
        """From an address bar; a value that is not on the list means no filter."""
        return cls(
            sort=MemberSort.__members__.get(args.get("sort", "").upper(), MemberSort.AGREE),
            question=args.get("q", "").replace("\x00", "").strip()[:100],
            source=MemberSource.__members__.get(args.get("source", "").upper()),
            copies_of=_number(args.get("copies_of", "")),
            page=_number(args.get("page", "")) or 1,
        )

    def as_args(self) -> dict[str, str]:
        """What an address needs to say to come back to these filters, without the page."""
        args = {
            "sort": "" if self.sort is MemberSort.AGREE else self.sort.name.lower(),
            "q": self.question,
            "source": self.source.name.lower() if self.source else "",
            "copies_of": str(self.copies_of or ""),
        }
        return {name: value for name, value in args.items() if value}


def cluster_page(run: ThemeRun, sort: Sort, number: int) -> Page[ClusterRow]:
    """A run's clusters in three statements and a count."""
    sums = (
        sa.select(ClusterMember.cluster_id, *_vote_sums())
        .join(IdeaTally, IdeaTally.idea_id == ClusterMember.idea_id)
        .where(ClusterMember.run_id == run.id)
        .group_by(ClusterMember.cluster_id)
        .subquery()
    )
    steady = sa.func.coalesce(Cluster.stability, Cluster.cohesion)
    orders: dict[Sort, Any] = {Sort.SUPPORT: sums.c.agree.desc().nulls_last(), Sort.STABILITY: steady.desc()}
    query = (
        sa.select(Cluster, steady, sums.c.agree, sums.c.disagree, sums.c["pass"])
        .outerjoin(sums, sums.c.cluster_id == Cluster.id)
        .where(Cluster.run_id == run.id)
        .order_by(orders.get(sort, Cluster.size.desc()), Cluster.number)
    )
    rows = db.session.execute(_cut(query, number)).all()
    ids = [row[0].id for row in rows]
    made = {theme.cluster_id: theme for theme in db.session.scalars(sa.select(Theme).where(Theme.cluster_id.in_(ids)))}
    carried = heirs_of(run.id, ids)
    total = db.session.scalar(sa.select(sa.func.count()).where(Cluster.run_id == run.id)) or 0
    items = [
        ClusterRow(
            cluster,
            steadiness,
            _votes(*counts),
            made.get(cluster.id) or carried.get(cluster.id),
            cluster.id not in made and cluster.id in carried,
        )
        for cluster, steadiness, *counts in rows
    ]
    return Page(items, number, total)


def votes_on(cluster: Cluster) -> Votes:
    query = (
        sa.select(*_vote_sums())
        .join(ClusterMember, ClusterMember.idea_id == IdeaTally.idea_id)
        .where(ClusterMember.cluster_id == cluster.id)
    )
    return _votes(*db.session.execute(query).one())


def theme_page(campaign: Campaign, sort: Sort, state: ThemeState | None, number: int) -> Page[ThemeRow]:
    """A campaign's live themes (those in one state, where one is named) in one statement and a count."""
    sums = (
        sa.select(
            ThemeIdea.theme_id,
            sa.func.count().label("ideas"),
            sa.func.sum(sa.case((ThemeIdea.source == MemberSource.HUMAN, 1), else_=0)).label("by_hand"),
            *_vote_sums(),
        )
        .join(IdeaTally, IdeaTally.idea_id == ThemeIdea.idea_id)
        .join(Theme, Theme.id == ThemeIdea.theme_id)
        .where(Theme.campaign_id == campaign.id)
        .group_by(ThemeIdea.theme_id)
        .subquery()
    )
    waiting = (
        sa.select(Proposal.theme_id, sa.func.count().label("n"))
        .where(Proposal.state == ProposalState.OPEN)
        .group_by(Proposal.theme_id)
        .subquery()
    )
    steady = sa.func.coalesce(Cluster.stability, Cluster.cohesion)
    orders: dict[Sort, Any] = {
        Sort.SUPPORT: sums.c.agree.desc().nulls_last(),
        Sort.STABILITY: steady.desc().nulls_last(),
        Sort.NEW: Theme.changed_at.desc().nulls_last(),
    }
    is_wanted = sa.and_(Theme.campaign_id == campaign.id, Theme.state.in_([state] if state else LIVE_STATES))
    query = (
        sa.select(
            Theme,
            sums.c.ideas,
            sums.c.by_hand,
            sums.c.agree,
            sums.c.disagree,
            sums.c["pass"],
            steady,
            waiting.c.n,
        )
        .outerjoin(sums, sums.c.theme_id == Theme.id)
        .outerjoin(waiting, waiting.c.theme_id == Theme.id)
        .outerjoin(Cluster, Cluster.id == Theme.cluster_id)
        .where(is_wanted)
        .options(joinedload(Theme.decided_by))
        .order_by(orders.get(sort, sums.c.ideas.desc().nulls_last()), Theme.id)
    )
    items = [
        ThemeRow(theme, ideas or 0, by_hand or 0, _votes(agree, disagree, pass_), steadiness, n or 0)
        for theme, ideas, by_hand, agree, disagree, pass_, steadiness, n in db.session.execute(_cut(query, number))
    ]
    return Page(items, number, db.session.scalar(sa.select(sa.func.count()).where(is_wanted)) or 0)


def cluster_members(cluster: Cluster, wanted: MemberFilter) -> Page[MemberRow]:
    """A cluster's ideas, near-copies collapsed behind the first of each group."""
    copy = aliased(ClusterMember)
    query = (
        sa.select(ClusterMember.idea_id, ClusterMember.score, ClusterMember.is_representative)
        .join(Idea, Idea.id == ClusterMember.idea_id)
        .join(IdeaTally, IdeaTally.idea_id == ClusterMember.idea_id)
        .where(ClusterMember.cluster_id == cluster.id, ClusterMember.run_id == cluster.run_id)
        .where(_is_shown(ClusterMember.copy_of_id, wanted, None))
    )
    counted = (
        sa.select(copy.copy_of_id, sa.func.count())
        .where(copy.cluster_id == cluster.id, copy.run_id == cluster.run_id)
        .group_by(copy.copy_of_id)
    )
    rows, total = _members(query, ClusterMember.score, wanted)
    ids = [idea_id for idea_id, *_rest in rows]
    ideas, copies = _ideas(ids), _counts(counted, copy.copy_of_id, ids)
    items = [
        MemberRow(ideas[idea_id], score, MemberSource.MACHINE, is_representative, copies.get(idea_id, 0))
        for idea_id, score, is_representative in rows
    ]
    return Page(items, wanted.page, total)


def representatives(cluster_id: int | None) -> Sequence[Idea]:
    """A cluster's representative ideas, the most central first."""
    query = (
        sa.select(Idea)
        .join(ClusterMember, ClusterMember.idea_id == Idea.id)
        .where(ClusterMember.cluster_id == cluster_id, ClusterMember.is_representative)
        .options(*_WITH_IDEA)
        .order_by(ClusterMember.rank)
    )
    return db.session.scalars(query).all()


def theme_members(theme: Theme, run_id: int, wanted: MemberFilter) -> Page[MemberRow]:
    """A theme's ideas, near-copies collapsed behind the first of each group as the run `run_id` found them."""
    found = aliased(ClusterMember)
    is_found = sa.and_(found.run_id == run_id, found.idea_id == ThemeIdea.idea_id, found.is_main)
    query = (
        sa.select(ThemeIdea.idea_id, ThemeIdea.score, ThemeIdea.source, found.is_representative)
        .join(Idea, Idea.id == ThemeIdea.idea_id)
        .join(IdeaTally, IdeaTally.idea_id == ThemeIdea.idea_id)
        .outerjoin(found, is_found)
        .where(ThemeIdea.theme_id == theme.id)
        .where(_is_shown(found.copy_of_id, wanted, theme.id))
    )
    if wanted.source is not None:
        query = query.where(ThemeIdea.source == wanted.source)
    counted = (
        sa.select(found.copy_of_id, sa.func.count())
        .join(ThemeIdea, ThemeIdea.idea_id == found.idea_id)
        .where(ThemeIdea.theme_id == theme.id, found.run_id == run_id, found.is_main)
        .group_by(found.copy_of_id)
    )
    rows, total = _members(query, ThemeIdea.score, wanted)
    ids = [idea_id for idea_id, *_rest in rows]
    ideas, copies = _ideas(ids), _counts(counted, found.copy_of_id, ids)
    items = [
        MemberRow(ideas[idea_id], score, source, bool(is_representative), copies.get(idea_id, 0))
        for idea_id, score, source, is_representative in rows
    ]
    return Page(items, wanted.page, total)


def proposal_page(campaign_id: int, number: int) -> Page[Proposal]:
    query = open_proposals_query(campaign_id)
    return Page(db.session.scalars(_cut(query, number)).all(), number, n_open_proposals(campaign_id))


def proposed_ideas(proposal: Proposal, number: int = 1) -> Page[Idea]:
    """The ideas a proposal is about, as they stand in it."""
    ids = proposal.idea_ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    ideas = _ideas(ids)
    return Page([ideas[key] for key in ids if key in ideas], number, len(proposal.idea_ids))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) else None


def _cut(query: Any, number: int) -> Any:
    return query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)


def _vote_sums() -> tuple[Any, ...]:
    return (
        sa.func.sum(IdeaTally.agree).label("agree"),
        sa.func.sum(IdeaTally.disagree).label("disagree"),
        sa.func.sum(IdeaTally.pass_).label("pass"),
    )


def _votes(*counts: Any) -> Votes:
    return Votes(*(int(count or 0) for count in counts))


def _is_shown(copy_of_id: Any, wanted: MemberFilter, theme_id: int | None) -> Any:
    """No near-copy of another one that is here too; or, where they are asked for, only those of one idea."""
    if wanted.copies_of is not None:
        return copy_of_id == wanted.copies_of
    if theme_id is None:
        return copy_of_id.is_(None)
    first = aliased(ThemeIdea)
    is_here = sa.select(first.idea_id).where(first.theme_id == theme_id, first.idea_id == copy_of_id).exists()
    return sa.or_(copy_of_id.is_(None), ~is_here)


def _members(query: Any, score: Any, wanted: MemberFilter) -> tuple[Sequence[Any], int]:
    if wanted.question:
        query = query.where(Idea.title.contains(wanted.question, autoescape=True))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    orders: dict[MemberSort, Any] = {
        MemberSort.CLOSE: score.desc().nulls_last(),
        MemberSort.NEW: Idea.created_at.desc(),
    }
    order = orders.get(wanted.sort, IdeaTally.agree.desc())
    return db.session.execute(_cut(query.order_by(order, Idea.id), wanted.page)).all(), total


def _ideas(ids: Sequence[int]) -> dict[int, Idea]:
    query = sa.select(Idea).where(Idea.id.in_(ids)).options(*_WITH_IDEA)
    return {idea.id: idea for idea in db.session.scalars(query)}


def _counts(query: Any, column: Any, ids: Sequence[int]) -> dict[int, int]:
    return dict(db.session.execute(query.where(column.in_(ids))).all())

"""Ideas of a cluster, a theme or a proposal, paged, filtered and sorted by the database.

Each list sends a fixed number of statements, however many ideas there are. Near-duplicates are collapsed behind the
first of their group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from forum.analysis.curation.models import Proposal
from forum.analysis.curation.paging import PAGE_SIZE, Page, one_page
from forum.analysis.themes.models import Cluster, ClusterMember, MemberSource, Theme, ThemeIdea
from forum.core.database import LabelledEnum
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.people.accounts.models import Participant
from forum.voice.ideas.models import Idea, IdeaTally

_WITH_IDEA = (joinedload(Idea.tally), joinedload(Idea.author).joinedload(Participant.account))


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
class MemberRow:
    """An idea of a cluster or a theme, and how many near-duplicates are collapsed behind it."""

    idea: Idea
    score: float | None
    source: MemberSource
    is_representative: bool
    copies: int = 0


@dataclass(frozen=True)
class MemberFilter:
    """Filters and order of a list of members. `copies_of` shows only the near-duplicates of one idea."""

    sorts: ClassVar = tuple(MemberSort)

    sort: MemberSort = MemberSort.AGREE
    title_words: str = ""
    source: MemberSource | None = None
    copies_of: int | None = None
    page: int = 1

    @classmethod
    def parse(cls, args: Any) -> MemberFilter:
        """Read the filters from a query string; a value that is not on the list means no filter."""
        return cls(
            sort=MemberSort.__members__.get(args.get("sort", "").upper(), MemberSort.AGREE),
            title_words=args.get("q", "").replace("\x00", "").strip()[:100],
            source=MemberSource.__members__.get(args.get("source", "").upper()),
            copies_of=_number(args.get("copies_of", "")),
            page=_number(args.get("page", "")) or 1,
        )

    def as_args(self) -> dict[str, str]:
        """Return the query string's arguments for these filters, without the page."""
        args = {
            "sort": "" if self.sort is MemberSort.AGREE else self.sort.name.lower(),
            "q": self.title_words,
            "source": self.source.name.lower() if self.source else "",
            "copies_of": str(self.copies_of or ""),
        }
        return {name: value for name, value in args.items() if value}


def cluster_members(cluster: Cluster, filters: MemberFilter) -> Page[MemberRow]:
    """Return a cluster's ideas, near-duplicates collapsed behind the first of each group."""
    copy = aliased(ClusterMember)
    query = (
        sa.select(ClusterMember.idea_id, ClusterMember.score, ClusterMember.is_representative)
        .join(Idea, Idea.id == ClusterMember.idea_id)
        .join(IdeaTally, IdeaTally.idea_id == ClusterMember.idea_id)
        .where(ClusterMember.cluster_id == cluster.id, ClusterMember.run_id == cluster.run_id)
        .where(_is_shown(ClusterMember.copy_of_id, filters, None))
    )
    counted = (
        sa.select(copy.copy_of_id, sa.func.count())
        .where(copy.cluster_id == cluster.id, copy.run_id == cluster.run_id)
        .group_by(copy.copy_of_id)
    )
    rows, total = _members(query, ClusterMember.score, filters)
    ids = [idea_id for idea_id, *_rest in rows]
    ideas, copies = _ideas(ids), _counts(counted, copy.copy_of_id, ids)
    items = [
        MemberRow(ideas[idea_id], score, MemberSource.MACHINE, is_representative, copies.get(idea_id, 0))
        for idea_id, score, is_representative in rows
    ]
    return Page(items, filters.page, total)


def representatives(cluster_id: int | None) -> Sequence[Idea]:
    """Return a cluster's representative ideas, the most central first."""
    query = (
        sa.select(Idea)
        .join(ClusterMember, ClusterMember.idea_id == Idea.id)
        .where(ClusterMember.cluster_id == cluster_id, ClusterMember.is_representative)
        .options(*_WITH_IDEA)
        .order_by(ClusterMember.rank)
    )
    return db.session.scalars(query).all()


def theme_members(theme: Theme, run_id: int, filters: MemberFilter) -> Page[MemberRow]:
    """Return a theme's ideas, near-duplicates collapsed as the run `run_id` found them."""
    found = aliased(ClusterMember)
    is_found = sa.and_(found.run_id == run_id, found.idea_id == ThemeIdea.idea_id, found.is_main)
    query = (
        sa.select(ThemeIdea.idea_id, ThemeIdea.score, ThemeIdea.source, found.is_representative)
        .join(Idea, Idea.id == ThemeIdea.idea_id)
        .join(IdeaTally, IdeaTally.idea_id == ThemeIdea.idea_id)
        .outerjoin(found, is_found)
        .where(ThemeIdea.theme_id == theme.id)
        .where(_is_shown(found.copy_of_id, filters, theme.id))
    )
    if filters.source is not None:
        query = query.where(ThemeIdea.source == filters.source)
    counted = (
        sa.select(found.copy_of_id, sa.func.count())
        .join(ThemeIdea, ThemeIdea.idea_id == found.idea_id)
        .where(ThemeIdea.theme_id == theme.id, found.run_id == run_id, found.is_main)
        .group_by(found.copy_of_id)
    )
    rows, total = _members(query, ThemeIdea.score, filters)
    ids = [idea_id for idea_id, *_rest in rows]
    ideas, copies = _ideas(ids), _counts(counted, found.copy_of_id, ids)
    items = [
        MemberRow(ideas[idea_id], score, source, bool(is_representative), copies.get(idea_id, 0))
        for idea_id, score, source, is_representative in rows
    ]
    return Page(items, filters.page, total)


def proposed_ideas(proposal: Proposal, number: int = 1) -> Page[Idea]:
    """Return the ideas of a proposal, in its order."""
    ids = proposal.idea_ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    ideas = _ideas(ids)
    return Page([ideas[key] for key in ids if key in ideas], number, len(proposal.idea_ids))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) else None


def _is_shown(copy_of_id: Any, filters: MemberFilter, theme_id: int | None) -> Any:
    """Leave out near-duplicates of an idea that is listed too; with `copies_of`, show only those of that idea."""
    if filters.copies_of is not None:
        return copy_of_id == filters.copies_of
    if theme_id is None:
        return copy_of_id.is_(None)
    first = aliased(ThemeIdea)
    is_here = sa.select(first.idea_id).where(first.theme_id == theme_id, first.idea_id == copy_of_id).exists()
    return sa.or_(copy_of_id.is_(None), ~is_here)


def _members(query: Any, score: Any, filters: MemberFilter) -> tuple[Sequence[Any], int]:
    if filters.title_words:
        query = query.where(Idea.title.contains(filters.title_words, autoescape=True))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    orders: dict[MemberSort, Any] = {
        MemberSort.CLOSE: score.desc().nulls_last(),
        MemberSort.NEW: Idea.created_at.desc(),
    }
    order = orders.get(filters.sort, IdeaTally.agree.desc())
    return db.session.execute(one_page(query.order_by(order, Idea.id), filters.page)).all(), total


def _ideas(ids: Sequence[int]) -> dict[int, Idea]:
    query = sa.select(Idea).where(Idea.id.in_(ids)).options(*_WITH_IDEA)
    return {idea.id: idea for idea in db.session.scalars(query)}


def _counts(query: Any, column: Any, ids: Sequence[int]) -> dict[int, int]:
    return dict(db.session.execute(query.where(column.in_(ids))).all())

"""What the desk reads. Each page sends a fixed number of statements, however many ideas a run or a theme holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased, defer, joinedload, selectinload

from forum.accounts.models import Participant
from forum.campaigns.models import Campaign
from forum.database import LabelledEnum
from forum.desk.citations import Sentence, cited_ids, examine
from forum.desk.models import Lineage, Proposal, ProposalState, ThemeAct, TouchedTheme
from forum.errors import NotFound
from forum.extensions import db
from forum.ideas.models import Idea, IdeaState, IdeaTally
from forum.jobs.models import Job
from forum.themes.models import (
    LIVE_STATES,
    Cluster,
    ClusterMember,
    MemberSource,
    Theme,
    ThemeIdea,
    ThemeRun,
    ThemeState,
)

SPLIT_JOB = "desk.suggest_split"
PAGE_SIZE = 50
ACTS_SHOWN = 20
FASTER_SHOWN = 3
Item = TypeVar("Item")

_STEADY: Any = getattr(Cluster, "stability", Cluster.cohesion)
_WITH_IDEA = (joinedload(Idea.tally), joinedload(Idea.author).joinedload(Participant.account))


class Sort(LabelledEnum):
    SIZE = "제안 많은 순"
    SUPPORT = "찬성 많은 순"
    STABILITY = "안정된 순"
    NEW = "새로 바뀐 순"


class MemberSort(LabelledEnum):
    AGREE = "찬성 많은 순"
    CLOSE = "가까운 순"
    NEW = "최근 제안 순"


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


@dataclass(frozen=True)
class ActRow:
    """An act in the list; `is_next` where nothing stands in the way of undoing it."""

    act: ThemeAct
    is_next: bool


@dataclass(frozen=True)
class Suggestion:
    """How the machine would divide a theme: its groups by job result, or the job that still works on it."""

    job: Job | None = None
    groups: Sequence[Mapping[str, Any]] = field(default_factory=list)


# Reads of the services


def adoptable_members(cluster: Cluster) -> dict[int, float | None]:
    """A cluster's ideas with their scores: those that are open and that no person has put into another live theme."""
    theme = aliased(Theme)
    elsewhere = (
        sa.select(ThemeIdea.idea_id)
        .join(theme, theme.id == ThemeIdea.theme_id)
        .where(
            ThemeIdea.idea_id == ClusterMember.idea_id,
            ThemeIdea.source == MemberSource.HUMAN,
            theme.state.in_(LIVE_STATES),
        )
    )
    query = (
        sa.select(ClusterMember.idea_id, ClusterMember.score)
        .join(Idea, Idea.id == ClusterMember.idea_id)
        .where(ClusterMember.cluster_id == cluster.id, Idea.state == IdeaState.OPEN, ~elsewhere.exists())
        .order_by(ClusterMember.rank)
    )
    return dict(db.session.execute(query).all())


def open_ideas(campaign_id: int, idea_ids: Collection[int]) -> set[int]:
    """Those of these ideas that are open and of the campaign."""
    query = sa.select(Idea.id).where(
        Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN, Idea.id.in_(list(idea_ids))
    )
    return set(db.session.scalars(query))


def examined_summary(theme: Theme) -> list[Sentence]:
    """Each sentence of a theme's summary with what is missing before it can be approved; in two statements."""
    cited = cited_ids(theme.summary)
    states = sa.select(Idea.id, Idea.state).where(Idea.campaign_id == theme.campaign_id, Idea.id.in_(cited))
    members = sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == theme.id, ThemeIdea.idea_id.in_(cited))
    found = {key: "" if state is IdeaState.OPEN else state.label for key, state in db.session.execute(states)}
    return examine(theme.summary, set(db.session.scalars(members)), found)


def later_act(act: ThemeAct) -> ThemeAct | None:
    """The newest act that was done after this one on one of its themes and not undone."""
    ids = [touched.theme_id for touched in act.touched]
    query = (
        sa.select(ThemeAct)
        .where(ThemeAct.id > act.id, ThemeAct.undone_at.is_(None))
        .where(ThemeAct.touched.any(TouchedTheme.theme_id.in_(ids)))
        .options(joinedload(ThemeAct.actor), defer(ThemeAct.changes))
        .order_by(ThemeAct.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def who_was_faster(theme: Theme, version: int) -> Sequence[ThemeAct]:
    """What others did to a theme after it had this version, the newest first; at most `FASTER_SHOWN`."""
    if version < 1:  # what no page ever showed
        return []
    query = (
        sa.select(ThemeAct)
        .join(ThemeAct.touched)
        .where(TouchedTheme.theme_id == theme.id, TouchedTheme.version_after > version)
        .options(joinedload(ThemeAct.actor), defer(ThemeAct.changes))
        .order_by(ThemeAct.id.desc())
        .limit(FASTER_SHOWN)
    )
    return db.session.scalars(query).all()


# Reads of the pages


def get_act(act_id: int) -> ThemeAct:
    """:raise NotFound:"""
    query = sa.select(ThemeAct).where(ThemeAct.id == act_id).options(selectinload(ThemeAct.touched))
    act = db.session.scalar(query)
    if act is None:
        raise NotFound("그런 일을 한 기록이 없습니다.")
    return act


def get_proposal(proposal_id: int) -> Proposal:
    """:raise NotFound:"""
    query = sa.select(Proposal).where(Proposal.id == proposal_id).options(*_WHOLE_PROPOSAL)
    proposal = db.session.scalar(query)
    if proposal is None:
        raise NotFound("그런 알림이 없습니다.")
    return proposal


def cluster_page(run: ThemeRun, sort: Sort, number: int) -> Page[ClusterRow]:
    """A run's clusters in three statements and a count."""
    sums = (
        sa.select(ClusterMember.cluster_id, *_vote_sums())
        .join(IdeaTally, IdeaTally.idea_id == ClusterMember.idea_id)
        .where(ClusterMember.run_id == run.id)
        .group_by(ClusterMember.cluster_id)
        .subquery()
    )
    steady = sa.func.coalesce(_STEADY, Cluster.cohesion)
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


def theme_of(cluster: Cluster) -> Theme | None:
    """The theme that was made of a cluster."""
    return db.session.scalar(sa.select(Theme).where(Theme.cluster_id == cluster.id))


def votes_on(cluster: Cluster) -> Votes:
    query = (
        sa.select(*_vote_sums())
        .join(ClusterMember, ClusterMember.idea_id == IdeaTally.idea_id)
        .where(ClusterMember.cluster_id == cluster.id)
    )
    return _votes(*db.session.execute(query).one())


def heirs_of(run_id: int, cluster_ids: Collection[int]) -> dict[int, Theme]:
    """The live themes of earlier runs that these clusters carry on, by cluster."""
    query = (
        sa.select(Lineage)
        .join(Lineage.theme)
        .where(Lineage.run_id == run_id, Lineage.cluster_id.in_(cluster_ids), Lineage.is_heir)
        .where(Theme.state.in_(LIVE_STATES))
        .options(joinedload(Lineage.theme))
    )
    return {line.cluster_id: line.theme for line in db.session.scalars(query) if line.cluster_id is not None}


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
    steady = sa.func.coalesce(_STEADY, Cluster.cohesion)
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


def with_copies(theme: Theme, run_id: int, idea_ids: Collection[int]) -> list[int]:
    """These ideas and their near-copies in the theme: a collapsed row stands for all of them."""
    query = (
        sa.select(ThemeIdea.idea_id)
        .join(ClusterMember, ClusterMember.idea_id == ThemeIdea.idea_id)
        .where(ThemeIdea.theme_id == theme.id, ClusterMember.run_id == run_id, ClusterMember.is_main)
        .where(ClusterMember.copy_of_id.in_(list(idea_ids)))
        .order_by(ThemeIdea.idea_id)
    )
    return list(dict.fromkeys([*idea_ids, *db.session.scalars(query)]))


def reading_run(theme: Theme) -> int:
    """The run whose near-copies a theme's page shows: the campaign's current one, else the theme's own."""
    query = sa.select(ThemeRun.id).where(ThemeRun.campaign_id == theme.campaign_id, ThemeRun.is_current)
    return db.session.scalar(query) or theme.run_id


def other_drafts(theme: Theme) -> Sequence[Theme]:
    """The drafts that this theme's ideas could go to."""
    query = (
        sa.select(Theme)
        .where(Theme.campaign_id == theme.campaign_id, Theme.state == ThemeState.DRAFT, Theme.id != theme.id)
        .order_by(Theme.title, Theme.id)
    )
    return db.session.scalars(query).all()


def acts_of(campaign_id: int, theme_id: int | None = None, size: int = ACTS_SHOWN) -> Sequence[ActRow]:
    """What analysts did in a campaign, or to one theme, the newest first; in one statement."""
    later, mine, theirs = aliased(ThemeAct), aliased(TouchedTheme), aliased(TouchedTheme)
    stands_in_the_way = (
        sa.select(later.id)
        .join(theirs, theirs.act_id == later.id)
        .join(mine, mine.theme_id == theirs.theme_id)
        .where(mine.act_id == ThemeAct.id, later.id > ThemeAct.id, later.undone_at.is_(None))
    ).exists()
    sent = (
        sa.select(Theme.id)
        .join(mine, mine.theme_id == Theme.id)
        .where(mine.act_id == ThemeAct.id, Theme.frozen_at.is_not(None))
    ).exists()
    is_next = sa.and_(ThemeAct.undone_at.is_(None), ~stands_in_the_way, ~sent)
    query = (
        sa.select(ThemeAct, is_next)
        .where(ThemeAct.campaign_id == campaign_id)
        .options(joinedload(ThemeAct.actor), joinedload(ThemeAct.undone_by), defer(ThemeAct.changes))
        .order_by(ThemeAct.id.desc())
        .limit(size)
    )
    if theme_id is not None:
        query = query.where(ThemeAct.touched.any(TouchedTheme.theme_id == theme_id))
    return [ActRow(act, bool(can)) for act, can in db.session.execute(query)]


def open_proposals(campaign_id: int, theme_id: int) -> Sequence[Proposal]:
    """What the current run says has changed about a theme and nobody has decided on."""
    return db.session.scalars(_open_proposals(campaign_id).where(Proposal.theme_id == theme_id)).all()


def n_open_proposals(campaign_id: int) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(Proposal)
        .join(Theme, Theme.id == Proposal.theme_id)
        .where(Theme.campaign_id == campaign_id, Proposal.state == ProposalState.OPEN)
    )
    return db.session.scalar(query) or 0


def proposal_page(campaign_id: int, number: int) -> Page[Proposal]:
    query = _open_proposals(campaign_id)
    return Page(db.session.scalars(_cut(query, number)).all(), number, n_open_proposals(campaign_id))


def proposed_ideas(proposal: Proposal, number: int = 1) -> Page[Idea]:
    """The ideas a proposal is about, as they stand in it."""
    ids = proposal.idea_ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    ideas = _ideas(ids)
    return Page([ideas[key] for key in ids if key in ideas], number, len(proposal.idea_ids))


def lineage_of(theme: Theme, run_id: int) -> Sequence[tuple[Lineage, Cluster | None]]:
    """What a run found again of a theme, the heir first."""
    query = (
        sa.select(Lineage, Cluster)
        .outerjoin(Cluster, Cluster.id == Lineage.cluster_id)
        .where(Lineage.theme_id == theme.id, Lineage.run_id == run_id)
        .order_by(Lineage.is_heir.desc(), Lineage.score.desc(), Lineage.id)
    )
    return [(line, cluster) for line, cluster in db.session.execute(query)]


def split_suggestion(theme: Theme) -> Suggestion:
    """The newest answer to how this theme could be divided, with what has left it since taken out of the groups."""
    query = (
        sa.select(Job)
        .where(Job.kind == SPLIT_JOB, Job.dedupe_key == f"theme:{theme.id}")
        .order_by(Job.id.desc())
        .limit(1)
    )
    job = db.session.scalar(query)
    return Suggestion(job, (job.result or {}).get("groups", []) if job else [])


def _open_proposals(campaign_id: int) -> Any:
    return (
        sa.select(Proposal)
        .join(Proposal.theme)
        .where(Theme.campaign_id == campaign_id, Proposal.state == ProposalState.OPEN)
        .options(*_WHOLE_PROPOSAL)
        .order_by(Proposal.theme_id, Proposal.id)
    )


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


_WHOLE_PROPOSAL = (joinedload(Proposal.theme), joinedload(Proposal.other_theme), joinedload(Proposal.cluster))

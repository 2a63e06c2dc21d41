"""What the desk reads beside its long lists (`listing`). Each sends a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, defer, joinedload, selectinload

from forum.analysis.curation.citations import Sentence, cited_ids, examine
from forum.analysis.curation.models import Lineage, Proposal, ProposalState, ThemeAct, TouchedTheme
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
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.system.jobs.models import Job
from forum.system.jobs.queries import newest_job
from forum.voice.ideas.models import Idea, IdeaState

SPLIT_JOB = "desk.suggest_split"


ACTS_SHOWN = 20


FASTER_SHOWN = 3


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


def theme_of(cluster: Cluster) -> Theme | None:
    """The theme that was made of a cluster."""
    return db.session.scalar(sa.select(Theme).where(Theme.cluster_id == cluster.id))


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
    return db.session.scalars(open_proposals_query(campaign_id).where(Proposal.theme_id == theme_id)).all()


def n_open_proposals(campaign_id: int) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(Proposal)
        .join(Theme, Theme.id == Proposal.theme_id)
        .where(Theme.campaign_id == campaign_id, Proposal.state == ProposalState.OPEN)
    )
    return db.session.scalar(query) or 0


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
    job = newest_job(SPLIT_JOB, f"theme:{theme.id}")
    return Suggestion(job, (job.result or {}).get("groups", []) if job else [])


def split_input(theme_id: int) -> Sequence[sa.Row[int, str, str]]:
    """Return (id, title, body) of a theme's open ideas."""
    query = (
        sa.select(Idea.id, Idea.title, Idea.body)
        .join(ThemeIdea, ThemeIdea.idea_id == Idea.id)
        .where(ThemeIdea.theme_id == theme_id, Idea.state == IdeaState.OPEN)
        .order_by(Idea.id)
    )
    return db.session.execute(query).all()


def open_proposals_query(campaign_id: int) -> Any:
    return (
        sa.select(Proposal)
        .join(Proposal.theme)
        .where(Theme.campaign_id == campaign_id, Proposal.state == ProposalState.OPEN)
        .options(*_WHOLE_PROPOSAL)
        .order_by(Proposal.theme_id, Proposal.id)
    )


_WHOLE_PROPOSAL = (joinedload(Proposal.theme), joinedload(Proposal.other_theme), joinedload(Proposal.cluster))

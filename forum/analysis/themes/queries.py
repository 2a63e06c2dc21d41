"""Reads of runs, clusters and themes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from forum.analysis.themes.models import (
    DECIDED_STATES,
    Cluster,
    ClusterLineage,
    DuplicateGroup,
    MemberSource,
    RunState,
    Theme,
    ThemeIdea,
    ThemeRun,
    ThemeState,
    UnthemedIdea,
    UnthemedReason,
)
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.queries import newest_job
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally

RUN_JOB = "themes.run"
ENCODE_JOB = "themes.encode"
DUPLICATES_JOB = "themes.likeness"
COMPARE_JOB = "desk.compare_run"  # compares a run with the existing themes; the slice above, `curation`, handles it
MAX_PAGE = 10_000  # a greater number in an address counts as this one
DIVIDED_VOTES = 10  # fewer votes for and against say nothing about a divide
_WITH_IDEA = (
    joinedload(Idea.tally),
    joinedload(Idea.author).joinedload(Participant.account),
)


@dataclass(frozen=True)
class VoteSums:
    """Sums of the votes on the ideas of one theme. One person may have voted on several of them."""

    ideas: int = 0
    agree: int = 0
    disagree: int = 0
    pass_: int = 0
    by_hand: int = 0
    """How many of the ideas an analyst put there."""


def get_run(run_id: int) -> ThemeRun:
    """Return a finished run; building and failed runs are not visible, nor are those without analysis.

    :raise NotFound:
    """
    query = (
        sa.select(ThemeRun)
        .where(ThemeRun.id == run_id, ThemeRun.state == RunState.FINISHED, ~ThemeRun.without_analysis)
        .options(joinedload(ThemeRun.campaign), selectinload(ThemeRun.clusters))
    )
    run = db.session.scalar(query)
    if run is None:
        raise NotFound("그런 분석 회차가 없어요.")
    return run


def current_run(campaign_id: int) -> ThemeRun | None:
    """Return the campaign's current run."""
    query = (
        sa.select(ThemeRun)
        .where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current)
        .options(selectinload(ThemeRun.clusters))
    )
    return db.session.scalar(query)


def finished_runs(campaign_id: int) -> Sequence[ThemeRun]:
    query = (
        sa.select(ThemeRun)
        .where(ThemeRun.campaign_id == campaign_id, ThemeRun.state == RunState.FINISHED, ~ThemeRun.without_analysis)
        .order_by(ThemeRun.id.desc())
    )
    return db.session.scalars(query).all()


def latest_run_job(campaign_id: int) -> Job | None:
    """Return the campaign's newest analysis job, ended or not."""
    return latest_job(campaign_id, RUN_JOB)


def latest_job(campaign_id: int, kind: str) -> Job | None:
    """Return the campaign's newest job of a kind, ended or not."""
    return newest_job(kind, f"campaign:{campaign_id}")


def lineage_of(run: ThemeRun) -> Sequence[ClusterLineage]:
    """Return how the last run's clusters relate to this run's, in the order of the older ones; new clusters last."""
    query = (
        sa.select(ClusterLineage)
        .where(ClusterLineage.run_id == run.id)
        .options(joinedload(ClusterLineage.cluster), joinedload(ClusterLineage.earlier))
        .order_by(ClusterLineage.id)
    )
    return db.session.scalars(query).all()


def duplicate_groups(campaign_id: int, after: int, size: int) -> tuple[dict[int, list[Idea]], bool]:
    """Return groups of ideas that ask for the same, and whether there are more.

    Ideas that are no longer open are left out, and groups in which only one idea is left.

    :param after: only groups with greater numbers
    :param size: how many numbers are looked at
    """
    query = (
        sa.select(DuplicateGroup)
        .join(DuplicateGroup.idea)
        .where(DuplicateGroup.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
        .where(DuplicateGroup.number > after, DuplicateGroup.number <= after + size)
        .options(contains_eager(DuplicateGroup.idea).joinedload(Idea.tally))
        .order_by(DuplicateGroup.number, DuplicateGroup.idea_id)
    )
    groups: dict[int, list[Idea]] = {}
    for row in db.session.scalars(query):
        groups.setdefault(row.number, []).append(row.idea)
    is_more = sa.exists().where(DuplicateGroup.campaign_id == campaign_id, DuplicateGroup.number > after + size)
    return {number: ideas for number, ideas in groups.items() if len(ideas) > 1}, bool(
        db.session.scalar(sa.select(is_more))
    )


def n_compared_by_meaning(campaign_id: int) -> int:
    """Return how many ideas had a vector when the groups of `duplicate_groups` were last found."""
    job = newest_job(DUPLICATES_JOB, f"campaign:{campaign_id}", JobState.DONE)
    return int((job.result or {}).get("with_vectors", 0)) if job else 0


def get_cluster(run_id: int, number: int) -> Cluster:
    """:raise NotFound:"""
    query = (
        sa.select(Cluster)
        .join(Cluster.run)
        .where(Cluster.run_id == run_id, Cluster.number == number, ThemeRun.state == RunState.FINISHED)
        .options(joinedload(Cluster.run).joinedload(ThemeRun.campaign))
    )
    cluster = db.session.scalar(query)
    if cluster is None:
        raise NotFound("그런 묶음이 없어요.")
    return cluster


def adopted_themes(run: ThemeRun) -> dict[int, Theme]:
    """Return the themes created from this run's clusters, by cluster id."""
    themes = db.session.scalars(sa.select(Theme).where(Theme.run_id == run.id, Theme.cluster_id.is_not(None)))
    return {theme.cluster_id: theme for theme in themes if theme.cluster_id is not None}


def unthemed_counts(run: ThemeRun) -> dict[UnthemedReason, int]:
    query = (
        sa.select(UnthemedIdea.reason, sa.func.count())
        .where(UnthemedIdea.run_id == run.id)
        .group_by(UnthemedIdea.reason)
        .order_by(sa.func.count().desc(), UnthemedIdea.reason)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def unthemed_page(run: ThemeRun, reason: UnthemedReason, after: int, size: int) -> Sequence[UnthemedIdea]:
    """Return unthemed ideas with this reason and an id above `after`, by id; one more than `size` if there are more."""
    query = (
        sa.select(UnthemedIdea)
        .where(UnthemedIdea.run_id == run.id, UnthemedIdea.reason == reason, UnthemedIdea.idea_id > after)
        .options(joinedload(UnthemedIdea.idea), joinedload(UnthemedIdea.nearest_cluster))
        .order_by(UnthemedIdea.idea_id)
        .limit(size + 1)
    )
    return db.session.scalars(query).all()


def loose_ideas(cluster: Cluster, limit: int) -> tuple[Sequence[Idea], int]:
    """Return open ideas that loosely belong to a cluster, the oldest first, and how many there are."""
    query = (
        sa.select(Idea)
        .join(UnthemedIdea, UnthemedIdea.idea_id == Idea.id)
        .where(UnthemedIdea.nearest_cluster_id == cluster.id, UnthemedIdea.reason == UnthemedReason.LOOSE)
        .where(Idea.state == IdeaState.OPEN)
    )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    return db.session.scalars(query.options(*_WITH_IDEA).order_by(Idea.id).limit(limit)).all(), total


def ideas_without_body(run: ThemeRun) -> Sequence[Idea]:
    """Return the run's ideas without a body, which were read by their titles."""
    ids = run.parameters.get("no_body", [])
    return db.session.scalars(sa.select(Idea).where(Idea.id.in_(ids)).order_by(Idea.id)).all()


def get_theme(theme_id: int) -> Theme:
    """:raise NotFound:"""
    query = sa.select(Theme).where(Theme.id == theme_id).options(*_WITH_DECISION)
    theme = db.session.scalar(query)
    if theme is None:
        raise NotFound("그런 정책 주제가 없어요.")
    return theme


def themes_of(campaign: Campaign, *states: ThemeState) -> Sequence[Theme]:
    """Return a campaign's themes in these states, or all, the newest decisions first."""
    query = sa.select(Theme).where(Theme.campaign_id == campaign.id).options(*_WITH_DECISION)
    if states:
        query = query.where(Theme.state.in_(states))
    return db.session.scalars(query.order_by(Theme.decided_at.desc().nulls_last(), Theme.id.desc())).all()


def listed_themes(campaign: Campaign) -> Sequence[Theme]:
    """Return a campaign's decided themes, with nothing of what belongs to them."""
    query = sa.select(Theme).where(Theme.campaign_id == campaign.id, Theme.state.in_(DECIDED_STATES))
    return db.session.scalars(query).all()


def theme_ideas(theme: Theme, page: int = 1, size: int = 20) -> tuple[Sequence[ThemeIdea], bool]:
    """Return a theme's ideas, those with most agreement first.

    :param page: from 1; a smaller number counts as 1
    :return: the ideas of that page, and whether there are more
    """
    query = (
        sa.select(ThemeIdea)
        .join(ThemeIdea.idea)
        .join(Idea.tally)
        .where(ThemeIdea.theme_id == theme.id, Idea.state != IdeaState.HIDDEN)
        .options(joinedload(ThemeIdea.idea).options(*_WITH_IDEA))
        .order_by(IdeaTally.agree.desc(), ThemeIdea.idea_id)
        .offset((min(max(page, 1), MAX_PAGE) - 1) * size)
        .limit(size + 1)
    )
    found = db.session.scalars(query).all()
    return found[:size], len(found) > size


def divided_ideas(theme: Theme, limit: int = 2) -> Sequence[Idea]:
    """Return the ideas of a theme on which most people disagree with each other, the most evenly divided first.

    Left out are those with few votes, and those where one side has more than three quarters of agreement and
    disagreement.
    """
    said = IdeaTally.agree + IdeaTally.disagree
    gap = sa.func.abs(IdeaTally.agree - IdeaTally.disagree)
    query = (
        sa.select(Idea)
        .join(ThemeIdea, ThemeIdea.idea_id == Idea.id)
        .join(Idea.tally)
        .where(ThemeIdea.theme_id == theme.id, Idea.state == IdeaState.OPEN, said >= DIVIDED_VOTES, 2 * gap <= said)
        .options(contains_eager(Idea.tally))
        .order_by(gap * 100 / said, said.desc(), Idea.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def texts_of(theme_id: int, limit: int) -> Sequence[sa.Row[int, str, str]]:
    """Return (id, title, body) of a theme's ideas, those with most agreement first."""
    query = (
        sa.select(Idea.id, Idea.title, Idea.body)
        .join(ThemeIdea, ThemeIdea.idea_id == Idea.id)
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .where(ThemeIdea.theme_id == theme_id)
        .order_by(IdeaTally.agree.desc(), Idea.id)
        .limit(limit)
    )
    return db.session.execute(query).all()


def vote_sums(theme_ids: Sequence[int]) -> dict[int, VoteSums]:
    """Return the votes on each theme's ideas, in one query."""
    query = (
        sa.select(
            ThemeIdea.theme_id,
            sa.func.count(),
            sa.func.sum(IdeaTally.agree),
            sa.func.sum(IdeaTally.disagree),
            sa.func.sum(IdeaTally.pass_),
            sa.func.sum(sa.case((ThemeIdea.source == MemberSource.HUMAN, 1), else_=0)),
        )
        .join(IdeaTally, IdeaTally.idea_id == ThemeIdea.idea_id)
        .join(Idea, Idea.id == ThemeIdea.idea_id)
        .where(ThemeIdea.theme_id.in_(theme_ids), Idea.state != IdeaState.HIDDEN)
        .group_by(ThemeIdea.theme_id)
    )
    sums = {theme_id: VoteSums(*map(int, counts)) for theme_id, *counts in db.session.execute(query)}
    return {theme_id: sums.get(theme_id, VoteSums()) for theme_id in theme_ids}


def themes_of_idea(idea_id: int) -> Sequence[ThemeIdea]:
    """Return the themes an idea belongs to, the oldest first."""
    query = (
        sa.select(ThemeIdea)
        .where(ThemeIdea.idea_id == idea_id)
        .options(joinedload(ThemeIdea.theme).options(*_WITH_DECISION))
        .order_by(ThemeIdea.theme_id)
    )
    return db.session.scalars(query).all()


def authors_of(theme_id: int) -> Sequence[Account]:
    """Return the accounts that wrote a theme's ideas, each once."""
    query = (
        sa.select(Account)
        .join(Participant, Participant.account_id == Account.id)
        .where(
            Participant.id.in_(
                sa.select(Idea.author_id)
                .join(ThemeIdea, ThemeIdea.idea_id == Idea.id)
                .where(ThemeIdea.theme_id == theme_id)
            )
        )
        .order_by(Account.id)
    )
    return db.session.scalars(query).all()


_WITH_DECISION = (
    joinedload(Theme.campaign),
    joinedload(Theme.run),
    joinedload(Theme.decided_by),
    joinedload(Theme.cluster),
    joinedload(Theme.merged_into),
)

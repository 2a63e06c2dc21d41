"""Starting the analysis of a campaign, and the steps of which `tasks` makes a run.

Analysts turn the clusters of a run into themes in the slice above, `curation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from forum.analysis.themes.facts import CURRENT_RUNS, RUNS
from forum.analysis.themes.models import (
    Cluster,
    ClusterLineage,
    DuplicateGroup,
    Granularity,
    RunState,
    Theme,
    ThemeRun,
)
from forum.analysis.themes.permissions import can_start_run
from forum.analysis.themes.queries import COMPARE_JOB, DUPLICATES_JOB, ENCODE_JOB, RUN_JOB
from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import lock_name
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from nlp.records import IdeaText, Theming, VoteCount

if TYPE_CHECKING:  # at run time the module would bring scikit-learn into every web process
    from nlp.cluster.align import Link

NLP_NAMES: dict[Granularity, Literal["broad", "normal", "fine"]] = {
    Granularity.BROAD: "broad",
    Granularity.NORMAL: "normal",
    Granularity.FINE: "fine",
}


def start_run(campaign: Campaign, actor: Actor, granularity: Granularity = Granularity.NORMAL) -> Job:
    """Enqueue an analysis of a campaign, or return the one that is waiting or running. The caller commits.

    :raise Forbidden: only analysts, admins and the system
    :raise WrongState: one of another granularity is waiting or running
    """
    require(can_start_run(actor))
    job = enqueue_job(
        RUN_JOB,
        dedupe_key=f"campaign:{campaign.id}",
        actor=actor,
        campaign_id=campaign.id,
        granularity=granularity.name,
    )
    other = Granularity[job.arguments["granularity"]]
    if other is not granularity:
        busy = _("지금 ‘%(size)s’ 분석을 하고 있어요. 끝난 뒤 다시 시작해 주세요.", size=other.label)
        raise WrongState(busy)
    record(actor, "themes.start_run", campaign, after={"job_id": job.id, "granularity": granularity.name})
    return job


def run_for_single_ideas(campaign_id: int, actor: Actor) -> ThemeRun:
    """Return the run on which themes of single ideas stand: the campaign's current one, or one without analysis.

    The latter is made where the campaign has never been analysed: finished, empty and never current, one of a campaign.
    The caller, who makes a theme, has asked for the permission and commits.
    """
    wanted = sa.select(ThemeRun).where(ThemeRun.campaign_id == campaign_id)
    current = db.session.scalar(wanted.where(ThemeRun.is_current))
    if current is not None:
        return current
    lock_name(db.session, f"run without analysis of campaign {campaign_id}")
    found = db.session.scalar(wanted.where(ThemeRun.without_analysis))
    if found is not None:
        return found
    now = clock.now()
    run = ThemeRun(campaign_id=campaign_id, data_cut_at=now, started_at=now, without_analysis=True)
    db.session.add(run)
    db.session.flush()
    run.state, run.finished_at = RunState.FINISHED, now
    record(actor, "themes.run_without_analysis", run, facts=RUNS.of([run.id]))
    return run


def start_duplicate_search(campaign: Campaign, actor: Actor) -> Job:
    """Enqueue a search for ideas that ask for the same, which replaces the groups found before. The caller commits.

    :raise Forbidden: only analysts, admins and the system
    """
    require(can_start_run(actor))
    job = enqueue_job(DUPLICATES_JOB, dedupe_key=f"campaign:{campaign.id}", actor=actor, campaign_id=campaign.id)
    record(actor, "themes.start_likeness", campaign, after={"job_id": job.id})
    return job


def open_idea_texts(campaign_id: int) -> tuple[datetime, list[IdeaText]]:
    """Return the texts of the campaign's open ideas, and the moment they were read."""
    data_cut_at = clock.now()
    query = (
        sa.select(Idea.id, Idea.title, Idea.body, Idea.author_id)
        .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
        .order_by(Idea.id)
    )
    return data_cut_at, [IdeaText(*row) for row in db.session.execute(query)]


def vote_counts(campaign_id: int) -> dict[int, VoteCount]:
    """Return the votes on the campaign's open ideas: they show what a theme's ideas agree on and what divides them."""
    query = (
        sa.select(Idea.id, IdeaTally.agree, IdeaTally.disagree, IdeaTally.pass_)
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
    )
    return {key: VoteCount(*counts) for key, *counts in db.session.execute(query)}


def create_run(campaign_id: int, job_id: int, attempt: int, data_cut_at: datetime, theming: Theming) -> int:
    """Add a run that is BUILDING, with its clusters; return its id. The caller holds the job's lease and commits.

    What an earlier attempt left is cleared by `tasks.clear_stale_runs`.
    """
    run = ThemeRun(
        campaign_id=campaign_id,
        job_id=job_id,
        attempt=attempt,
        parameters=dict(theming.parameters) | {"no_body": list(theming.no_body)},
        versions=dict(theming.versions),
        n_ideas=theming.n_ideas,
        n_themed=theming.n_ideas - len(theming.unthemed),
        n_with_vectors=theming.n_with_vectors,
        encoder=theming.encoder,
        quality=_quality(theming),
        subjects=[
            {"title": s.title, "keywords": [k.word for k in s.keywords[:5]], "n_ideas": s.n_ideas}
            for s in theming.subjects
        ],
        data_cut_at=data_cut_at,
    )
    db.session.add(run)
    db.session.flush()
    subject_of = {index: number for number, s in enumerate(theming.subjects, start=1) for index in s.themes}
    db.session.add_all(
        Cluster(
            run_id=run.id,
            number=number,
            subject_number=subject_of.get(number - 1),
            title=found.title,
            weak_title=found.weak_title,
            keywords=[{"word": k.word, "score": round(k.score, 4), "count": k.count} for k in found.keywords],
            size=len(found.members),
            copies=found.copies,
            cohesion=found.cohesion,
            people=found.people,
            arguments=found.arguments,
            stability=found.stability,
            agreed=list(found.agreed),
            divided=list(found.divided),
        )
        for number, found in enumerate(theming.themes, start=1)
    )
    db.session.flush()
    return run.id


def _quality(theming: Theming) -> dict[str, Any]:
    """Return the quality report as stored: shaky and nearly equal themes by their clusters' numbers."""
    if theming.quality is None:
        return {}
    return asdict(theming.quality) | {
        "shaky": [index + 1 for index in theming.quality.shaky],
        "nearly_equal": [[a + 1, b + 1, alike] for a, b, alike in theming.quality.nearly_equal],
    }


def member_rows(run_id: int, theming: Theming) -> list[dict[str, Any]]:
    """Return the run's rows of ClusterMember: each idea's main theme, and secondary ones."""
    clusters = dict(db.session.execute(sa.select(Cluster.number, Cluster.id).where(Cluster.run_id == run_id)).all())
    return [
        {
            "run_id": run_id,
            "cluster_id": clusters[number],
            "idea_id": member.key,
            "is_main": is_main,
            "score": member.score,
            "rank": rank,
            "is_representative": is_main and member.key in found.representatives,
            "copy_of_id": theming.copy_of.get(member.key),
        }
        for number, found in enumerate(theming.themes, start=1)
        for is_main, members in ((True, found.members), (False, found.secondary))
        for rank, member in enumerate(members, start=1)
    ]


def unthemed_rows(run_id: int, theming: Theming) -> list[dict[str, Any]]:
    """Return the run's rows of UnthemedIdea, each with the cluster it is nearest to."""
    if not theming.unthemed:
        return []  # a query would open a transaction that no batch of rows ends
    without_body = set(theming.no_body)
    cluster_ids = db.session.scalars(
        sa.select(Cluster.id).where(Cluster.run_id == run_id).order_by(Cluster.number)
    ).all()
    return [
        {
            "run_id": run_id,
            "idea_id": key,
            "reason": reason,
            "has_body": key not in without_body,
            "nearest_cluster_id": cluster_ids[theming.nearest[key]] if key in theming.nearest else None,
        }
        for key, reason in theming.unthemed.items()
    ]


def lineage_rows(run_id: int, links: Iterable[Link]) -> list[dict[str, Any]]:
    """Return the new run's rows of ClusterLineage for these links."""
    return [
        {
            "run_id": run_id,
            "cluster_id": link.new,
            "earlier_id": link.old,
            "kind": link.kind.value,
            "score": link.score,
            "n_shared": link.n_shared,
            "is_successor": link.is_successor,
        }
        for link in links
    ]


def publish_run(
    run_id: int,
    attempt: int,
    links: Sequence[Mapping[str, Any]],
    lacks_embeddings: bool,
    kept: tuple[int, int] | None = None,
) -> None:
    """Make a run the current one of its campaign. The caller holds the job's lease, ends the job and commits.

    :param attempt: the job's attempt that built the run; another attempt's run is not published
    :param links: rows of ClusterLineage
    :param lacks_embeddings: some ideas have no embedding yet; their encoding is enqueued
    :param kept: of the pairs of ideas that shared a cluster in the last run, how many still do, and all
    """
    run = db.session.get_one(ThemeRun, run_id)
    campaign_id, quality = run.campaign_id, run.quality | ({"pairs_kept": list(kept)} if kept else {})
    db.session.execute(
        sa.update(ThemeRun).where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current).values(is_current=False)
    )
    db.session.execute(
        sa.update(ThemeRun)
        .where(ThemeRun.id == run_id, ThemeRun.state == RunState.BUILDING, ThemeRun.attempt == attempt)
        .values(state=RunState.FINISHED, is_current=True, finished_at=clock.now(), quality=quality)
    )
    if links:
        db.session.execute(sa.insert(ClusterLineage), links)
    if lacks_embeddings:
        enqueue_job(ENCODE_JOB, dedupe_key=f"campaign:{campaign_id}", campaign_id=campaign_id)
    if db.session.scalar(sa.select(sa.exists().where(Theme.campaign_id == campaign_id))):
        enqueue_job(COMPARE_JOB, dedupe_key=f"run:{run_id}", run_id=run_id)
    after = {"n_ideas": run.n_ideas, "n_themed": run.n_themed}
    facts = RUNS.of([run_id]) | CURRENT_RUNS.of([campaign_id])
    record(SYSTEM, "themes.publish_run", run, after=after, facts=facts)


def enqueue_repetition(campaign_id: int) -> None:
    """Enqueue the analysis and the duplicate search again if the current run lacked vectors. The caller commits."""
    parameters = db.session.scalar(
        sa.select(ThemeRun.parameters).where(
            ThemeRun.campaign_id == campaign_id, ThemeRun.is_current, ThemeRun.n_with_vectors < ThemeRun.n_ideas
        )
    )
    if parameters is None:
        return
    granularity = str(parameters.get("granularity", "normal")).upper()
    key = f"campaign:{campaign_id}"
    enqueue_job(RUN_JOB, dedupe_key=key, campaign_id=campaign_id, granularity=granularity)
    enqueue_job(DUPLICATES_JOB, dedupe_key=key, campaign_id=campaign_id)


def replace_duplicate_groups(campaign_id: int, groups: Iterable[Iterable[int]]) -> int:
    """Store groups of idea ids, the largest first, in place of the older ones. The caller commits.

    :return: how many ideas are in a group
    """
    rows = [
        {"campaign_id": campaign_id, "idea_id": key, "number": number}
        for number, group in enumerate(groups, start=1)
        for key in group
    ]
    db.session.execute(sa.delete(DuplicateGroup).where(DuplicateGroup.campaign_id == campaign_id))
    if rows:
        db.session.execute(sa.insert(DuplicateGroup), rows)
    return len(rows)

"""Running the analysis. What analysts make of it is in the slice above, `desk`.

A run is written in pieces into a ThemeRun that is still BUILDING, which nobody sees, and published by one transaction
at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from forum.analysis.themes.lineage import both_runs, stood_in
from forum.analysis.themes.models import (
    Cluster,
    ClusterLineage,
    ClusterMember,
    DuplicateGroup,
    Granularity,
    RunState,
    Theme,
    ThemeRun,
    UnthemedIdea,
)
from forum.analysis.themes.permissions import can_start_run
from forum.analysis.themes.queries import COMPARE_JOB, ENCODE_JOB, LIKENESS_JOB, RUN_JOB
from forum.analysis.vectors.services import (
    encode_missing,
    groups_of_the_same,
    n_missing,
    rebuild_vector_file,
    stored_vectors,
)
from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from nlp.records import IdeaText, Theming, VoteCount

NLP_NAMES: dict[Granularity, Literal["broad", "normal", "fine"]] = {
    Granularity.BROAD: "broad",
    Granularity.NORMAL: "normal",
    Granularity.FINE: "fine",
}
PIECE = 5_000  # rows a transaction writes at most, so that others never wait long (DESIGN §4)


def start_run(campaign: Campaign, actor: Actor, granularity: Granularity = Granularity.NORMAL) -> Job:
    """Ask for an analysis of a campaign; one that is waiting or running already is given back. The caller commits.

    :raise Forbidden: only analysts, admins and the system
    """
    require(can_start_run(actor))
    job = enqueue_job(
        RUN_JOB,
        dedupe_key=f"campaign:{campaign.id}",
        actor=actor,
        campaign_id=campaign.id,
        granularity=granularity.name,
    )
    record(actor, "themes.start_run", campaign, after={"job_id": job.id, "granularity": granularity.name})
    return job


def start_likeness(campaign: Campaign, actor: Actor) -> Job:
    """Ask for the groups of ideas that ask the same to be looked for anew. The caller commits.

    :raise Forbidden: only analysts, admins and the system
    """
    require(can_start_run(actor))
    job = enqueue_job(LIKENESS_JOB, dedupe_key=f"campaign:{campaign.id}", actor=actor, campaign_id=campaign.id)
    record(actor, "themes.start_likeness", campaign, after={"job_id": job.id})
    return job


def run_analysis(campaign_id: int, progress: Progress, granularity: Granularity = Granularity.NORMAL) -> dict[str, int]:
    """Read the campaign's open ideas, find clusters, publish them as the campaign's current run. Commits.

    It uses the encoder's vectors that are stored and never waits for others; where some are missing, their encoding is
    asked for with the publication, and its end asks for this again.

    :return: {"run_id", "themes", "ideas", "unthemed"}
    :raise LeaseLost: another attempt has begun, or the job was cancelled; nothing is published
    """
    from nlp.pipeline import Settings, analyse  # scikit-learn belongs into the worker, not into every web process

    data_cut_at, ideas = _read_ideas(campaign_id)
    failpoint("themes.read")
    settings = Settings(granularity=NLP_NAMES[granularity])
    vectors = stored_vectors(ideas)
    encoder = vectors.identity if vectors is not None and 2 * len(vectors) >= len(ideas) else ""
    theming = analyse(
        ideas,
        settings,
        lambda share, step: progress(0.05 + 0.75 * share, step),
        vectors,
        _votes(campaign_id),
        previous=stood_in(campaign_id, settings.granularity, encoder),
    )
    failpoint("themes.computed")
    run_id = _begin_run(campaign_id, progress, data_cut_at, theming)
    failpoint("themes.begun")
    progress(0.85, "saving")
    for rows in _pieces(_member_rows(run_id, theming)):
        db.session.execute(sa.insert(ClusterMember), rows)
        failpoint("themes.saving")
        progress(0.9, "saving")
    for rows in _pieces(_unthemed_rows(run_id, theming)):
        db.session.execute(sa.insert(UnthemedIdea), rows)
        progress(0.95, "saving")
    failpoint("themes.saved")
    n_themes, n_unthemed = len(theming.themes), len(theming.unthemed)
    result = {"run_id": run_id, "themes": n_themes, "ideas": theming.n_ideas, "unthemed": n_unthemed}
    links = _links(campaign_id, run_id)
    _publish(run_id, campaign_id, progress, result, links, n_missing(ideas) > 0)
    failpoint("themes.published")
    return result


def encode_campaign(campaign_id: int, progress: Progress) -> dict[str, int]:
    """Encode what the campaign's open ideas lack, write the vectors' shared file anew, and have the analysis repeated
    where its current run went without.

    :return: {"encoded"}, texts
    :raise LeaseLost: another attempt has begun, or the job was cancelled; what was stored stays
    """
    _cut, ideas = _read_ideas(campaign_id)
    n_encoded = encode_missing(ideas, lambda share, step: progress(0.95 * share, step))
    rebuild_vector_file(campaign_id, ideas)
    progress.lock()
    granularity = db.session.scalar(
        sa.select(ThemeRun.parameters).where(
            ThemeRun.campaign_id == campaign_id, ThemeRun.is_current, ThemeRun.n_with_vectors < ThemeRun.n_ideas
        )
    )
    if n_encoded and granularity is not None:
        name = str(granularity.get("granularity", "normal")).upper()
        key = f"campaign:{campaign_id}"
        enqueue_job(RUN_JOB, dedupe_key=key, campaign_id=campaign_id, granularity=name)
        enqueue_job(LIKENESS_JOB, dedupe_key=key, campaign_id=campaign_id)
    result = {"encoded": n_encoded}
    progress.finish(result)
    db.session.commit()
    return result


def find_likeness(campaign_id: int, progress: Progress) -> dict[str, int]:
    """Group the campaign's open ideas that ask the same, in place of the groups found before. Commits.

    :return: {"groups", "grouped_ideas", "with_vectors"}; the last: how many ideas were compared by meaning too
    :raise LeaseLost: another attempt has begun, or the job was cancelled; the older groups stay
    """
    _cut, ideas = _read_ideas(campaign_id)
    progress(0.05, "likeness")
    groups = groups_of_the_same(campaign_id, ideas)
    rows = [
        {"campaign_id": campaign_id, "idea_id": key, "number": number}
        for number, group in enumerate(groups.keys, start=1)
        for key in group
    ]
    progress(0.95, "saving")
    progress.lock()
    db.session.execute(sa.delete(DuplicateGroup).where(DuplicateGroup.campaign_id == campaign_id))
    if rows:
        db.session.execute(sa.insert(DuplicateGroup), rows)
    result = {"groups": len(groups.keys), "grouped_ideas": len(rows), "with_vectors": groups.n_with_vectors}
    progress.finish(result)
    db.session.commit()
    return result


def _links(campaign_id: int, run_id: int) -> list[dict[str, Any]]:
    """What became of the current run's clusters in this new one, as rows."""
    from nlp.cluster.align import align

    with reading():
        scene = both_runs(campaign_id, run_id)
        db.session.rollback()
    if scene is None:
        return []
    return [
        {
            "run_id": run_id,
            "cluster_id": link.new,
            "earlier_id": link.old,
            "fate": link.kind.value,
            "score": link.score,
            "n_shared": link.n_shared,
            "is_heir": link.is_successor,
        }
        for link in align(scene.old, scene.new, scene.old_read, scene.new_read)
    ]


def _read_ideas(campaign_id: int) -> tuple[datetime, list[IdeaText]]:
    """One reading transaction, which ends here: the computation holds none open."""
    with reading():
        data_cut_at = clock.now()
        query = (
            sa.select(Idea.id, Idea.title, Idea.body, Idea.author_id)
            .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
            .order_by(Idea.id)
        )
        ideas = [IdeaText(*row) for row in db.session.execute(query)]
        db.session.rollback()
    return data_cut_at, ideas


def _votes(campaign_id: int) -> dict[int, VoteCount]:
    """How the campaign's open ideas were voted on: what people agree on within a theme, and what divides them."""
    with reading():
        query = (
            sa.select(Idea.id, IdeaTally.agree, IdeaTally.disagree, IdeaTally.pass_)
            .join(IdeaTally, IdeaTally.idea_id == Idea.id)
            .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
        )
        votes = {key: VoteCount(*counts) for key, *counts in db.session.execute(query)}
        db.session.rollback()
    return votes


def _begin_run(campaign_id: int, progress: Progress, data_cut_at: datetime, theming: Theming) -> int:
    """The new run with its clusters, BUILDING; what an earlier attempt left is `clear_lost_runs`' business."""
    progress.lock()
    run = ThemeRun(
        campaign_id=campaign_id,
        job_id=progress.job_id,
        attempt=progress.attempt,
        parameters=dict(theming.parameters) | {"no_body": list(theming.no_body)},
        versions=dict(theming.versions),
        n_ideas=theming.n_ideas,
        n_themed=theming.n_ideas - len(theming.unthemed),
        n_with_vectors=theming.n_with_vectors,
        encoder=theming.encoder,
        quality=_quality(theming),
        data_cut_at=data_cut_at,
    )
    db.session.add(run)
    db.session.flush()
    db.session.add_all(
        Cluster(
            run_id=run.id,
            number=number,
            title=found.title,
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
    run_id = run.id
    db.session.commit()
    return run_id


def _quality(theming: Theming) -> dict[str, Any]:
    """The quality report as stored: shaky themes by the numbers that their clusters have."""
    if theming.quality is None:
        return {}
    return asdict(theming.quality) | {"shaky": [place + 1 for place in theming.quality.shaky]}


def _member_rows(run_id: int, theming: Theming) -> list[dict[str, Any]]:
    """Each idea's main theme, and further ones that it touches."""
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
        for is_main, members in ((True, found.members), (False, found.further))
        for rank, member in enumerate(members, start=1)
    ]


def _unthemed_rows(run_id: int, theming: Theming) -> list[dict[str, Any]]:
    without_body = set(theming.no_body)
    return [
        {"run_id": run_id, "idea_id": key, "reason": reason, "has_body": key not in without_body}
        for key, reason in theming.unthemed.items()
    ]


def _pieces(rows: list[dict[str, Any]]) -> Sequence[list[dict[str, Any]]]:
    return [rows[start : start + PIECE] for start in range(0, len(rows), PIECE)]


def _publish(
    run_id: int,
    campaign_id: int,
    progress: Progress,
    result: dict[str, int],
    links: list[dict[str, Any]],
    lacks_vectors: bool,
) -> None:
    """One transaction: the job is still ours, the old run steps back, the new one is there, the job is done."""
    progress.lock()
    db.session.execute(
        sa.update(ThemeRun).where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current).values(is_current=False)
    )
    db.session.execute(
        sa.update(ThemeRun)
        .where(ThemeRun.id == run_id, ThemeRun.state == RunState.BUILDING, ThemeRun.attempt == progress.attempt)
        .values(state=RunState.FINISHED, is_current=True, finished_at=clock.now())
    )
    run = db.session.get_one(ThemeRun, run_id)
    if links:
        db.session.execute(sa.insert(ClusterLineage), links)
    if lacks_vectors:
        enqueue_job(ENCODE_JOB, dedupe_key=f"campaign:{campaign_id}", campaign_id=campaign_id)
    if db.session.scalar(sa.select(sa.exists().where(Theme.campaign_id == campaign_id))):
        enqueue_job(COMPARE_JOB, dedupe_key=f"run:{run_id}", run_id=run_id)
    record(SYSTEM, "themes.publish_run", run, after={"n_ideas": run.n_ideas, "n_themed": run.n_themed})
    progress.finish(result)
    failpoint("themes.publishing")
    db.session.commit()

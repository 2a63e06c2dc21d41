"""Running the analysis. What analysts make of it is in the slice above, `desk`.

A run is written in pieces into a ThemeRun that is still BUILDING, which nobody sees, and published by one transaction
at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from forum import clock
from forum.access import SYSTEM, Actor, require
from forum.audit.services import record
from forum.campaigns.models import Campaign
from forum.database import reading
from forum.extensions import db
from forum.failpoints import failpoint
from forum.ideas.models import Idea, IdeaState
from forum.jobs.models import Job
from forum.jobs.services import Progress, ask_for_job
from forum.themes.models import (
    Cluster,
    ClusterMember,
    RunState,
    Theme,
    ThemeRun,
    UnthemedIdea,
)
from forum.themes.permissions import can_start_run
from forum.themes.queries import COMPARE_JOB, RUN_JOB
from nlp.records import IdeaText, Theming

PIECE = 5_000  # rows a transaction writes at most, so that others never wait long (DESIGN §4)


def start_run(campaign: Campaign, actor: Actor) -> Job:
    """Ask for an analysis of a campaign; one that is waiting or running already is given back. The caller commits.

    :raise Forbidden: only analysts, admins and the system
    """
    require(can_start_run(actor))
    job = ask_for_job(RUN_JOB, dedupe_key=f"campaign:{campaign.id}", actor=actor, campaign_id=campaign.id)
    record(actor, "themes.start_run", campaign, after={"job_id": job.id})
    return job


def run_analysis(campaign_id: int, progress: Progress) -> dict[str, int]:
    """Read the campaign's open ideas, find clusters, publish them as the campaign's current run. Commits.

    :return: {"run_id", "themes", "ideas", "unthemed"}
    :raise LostJob: another attempt has begun, or the job was cancelled; nothing is published
    """
    from nlp.pipeline import Settings, analyse  # scikit-learn belongs into the worker, not into every web process

    data_cut_at, ideas = _read_ideas(campaign_id)
    failpoint("themes.read")
    theming = analyse(ideas, Settings(), lambda share, step: progress(0.05 + 0.75 * share, step))
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
    _publish(run_id, campaign_id, progress, result)
    failpoint("themes.published")
    return result


def _read_ideas(campaign_id: int) -> tuple[datetime, list[IdeaText]]:
    """One reading transaction, which ends here: the computation holds none open."""
    with reading():
        data_cut_at = clock.now()
        query = (
            sa.select(Idea.id, Idea.title, Idea.body)
            .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
            .order_by(Idea.id)
        )
        ideas = [IdeaText(key=key, title=title, body=body) for key, title, body in db.session.execute(query)]
        db.session.rollback()
    return data_cut_at, ideas


def _begin_run(campaign_id: int, progress: Progress, data_cut_at: datetime, theming: Theming) -> int:
    """The new run with its clusters, BUILDING; what an earlier attempt left is `clear_lost_runs`' business."""
    progress.owns()
    run = ThemeRun(
        campaign_id=campaign_id,
        job_id=progress.job_id,
        attempt=progress.attempt,
        parameters=dict(theming.parameters) | {"no_body": list(theming.no_body)},
        versions=dict(theming.versions),
        n_ideas=theming.n_ideas,
        n_themed=theming.n_ideas - len(theming.unthemed),
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
        )
        for number, found in enumerate(theming.themes, start=1)
    )
    db.session.flush()
    run_id = run.id
    db.session.commit()
    return run_id


def _member_rows(run_id: int, theming: Theming) -> list[dict[str, Any]]:
    clusters = dict(db.session.execute(sa.select(Cluster.number, Cluster.id).where(Cluster.run_id == run_id)).all())
    return [
        {
            "run_id": run_id,
            "cluster_id": clusters[number],
            "idea_id": member.key,
            "is_main": True,
            "score": member.score,
            "rank": rank,
            "is_representative": member.key in found.representatives,
            "copy_of_id": theming.copy_of.get(member.key),
        }
        for number, found in enumerate(theming.themes, start=1)
        for rank, member in enumerate(found.members, start=1)
    ]


def _unthemed_rows(run_id: int, theming: Theming) -> list[dict[str, Any]]:
    without_body = set(theming.no_body)
    return [
        {"run_id": run_id, "idea_id": key, "reason": reason, "has_body": key not in without_body}
        for key, reason in theming.unthemed.items()
    ]


def _pieces(rows: list[dict[str, Any]]) -> Sequence[list[dict[str, Any]]]:
    return [rows[start : start + PIECE] for start in range(0, len(rows), PIECE)]


def _publish(run_id: int, campaign_id: int, progress: Progress, result: dict[str, int]) -> None:
    """One transaction: the job is still ours, the old run steps back, the new one is there, the job is done."""
    progress.owns()
    db.session.execute(
        sa.update(ThemeRun).where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current).values(is_current=False)
    )
    db.session.execute(
        sa.update(ThemeRun)
        .where(ThemeRun.id == run_id, ThemeRun.state == RunState.BUILDING, ThemeRun.attempt == progress.attempt)
        .values(state=RunState.FINISHED, is_current=True, finished_at=clock.now())
    )
    run = db.session.get_one(ThemeRun, run_id)
    if db.session.scalar(sa.select(sa.exists().where(Theme.campaign_id == campaign_id))):
        ask_for_job(COMPARE_JOB, dedupe_key=f"run:{run_id}", run_id=run_id)
    record(SYSTEM, "themes.publish_run", run, after={"n_ideas": run.n_ideas, "n_themed": run.n_themed})
    progress.finish(result)
    failpoint("themes.publishing")
    db.session.commit()

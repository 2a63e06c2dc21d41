"""The job that makes a snapshot, and the periodic tasks around it.

The job computes with no transaction open. It writes into a snapshot that is still BUILDING, which no page shows, and
publishes it by one transaction at the end.
"""

from __future__ import annotations

import sqlalchemy as sa

from forum.analysis.opinions.models import OpinionScore
from forum.analysis.opinions.queries import SNAPSHOT_JOB, current_snapshot, due_campaign_ids
from forum.analysis.opinions.services import (
    SEED,
    WithExcluded,
    cells_and_chances,
    create_snapshot,
    delete_score_batch,
    enqueue_due_snapshot,
    last_groups,
    lenses,
    mark_snapshot_failed,
    publish_snapshot,
    score_rows,
    stale_snapshot_ids,
)
from forum.analysis.opinions.votes import read_votes
from forum.core.access import Actor
from forum.core.database import batches, reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler, periodic_task
from forum.voice.campaigns.models import Campaign

BATCH_SIZE = 2_000  # wide rows; others never wait long for one transaction
STEPS = {
    "reading": _l("투표를 읽는 중"),
    "groups": _l("비슷하게 투표한 사람끼리 묶는 중"),
    "saving": _l("찾은 것을 저장하는 중"),
}


def _to_page(job: Job, _actor: Actor) -> JobLink | None:
    campaign = db.session.get(Campaign, job.arguments.get("campaign_id", 0))
    return JobLink(_l("공감대 보기"), "opinions.show", {"slug": campaign.slug}) if campaign else None


describe_job(SNAPSHOT_JOB, JobKind(_l("공감대 계산"), STEPS, _to_page, _to_page))


@job_handler(SNAPSHOT_JOB)
def make_snapshot(progress: Progress, campaign_id: int) -> dict[str, int]:
    """Read the campaign's votes, find groups and scores, and publish them as its current snapshot.

    Where votes are excluded, everything is computed with them too, and the ideas' scores are kept both ways.

    :return: {"snapshot_id", "number", "people", "groups"}
    :raise LeaseLost: another attempt has begun, or the job was cancelled; nothing is published
    """
    from nlp.opinion.summary import summarise  # scikit-learn belongs into the worker, not into every web process

    progress(0.02, "reading")
    with reading():
        votes = read_votes(campaign_id)
        everybody = read_votes(campaign_id, with_excluded=True) if votes.exclusion_ids else None
        current = current_snapshot(campaign_id)
        last, had_badge = last_groups(current, votes.idea_ids.tolist())
        by_group = lenses(votes, current)
        old = last_groups(current, everybody.idea_ids.tolist()) if everybody else None
        db.session.rollback()
    failpoint("opinions.read")
    progress(0.2, "groups")
    cells, shown = cells_and_chances(votes)
    summary = summarise(cells, shown=shown, last=last, had_badge=had_badge, random_state=SEED)
    beside = None
    if everybody is not None and old is not None:
        progress(0.5, "groups")
        cells, shown = cells_and_chances(everybody)
        found = summarise(cells, shown=shown, last=old[0], had_badge=old[1], random_state=SEED)
        beside = WithExcluded(everybody, found)
    failpoint("opinions.computed")
    progress.lock()
    snapshot = create_snapshot(campaign_id, progress.job_id, progress.attempt, votes, summary, beside)
    snapshot_id = snapshot.id
    db.session.commit()
    failpoint("opinions.begun")
    progress(0.9, "saving")
    for rows in batches(score_rows(snapshot_id, votes, summary, by_group, beside), BATCH_SIZE):
        db.session.execute(sa.insert(OpinionScore), rows)
        failpoint("opinions.saving")
        progress(0.95, "saving")
    progress.lock()
    number = publish_snapshot(snapshot_id, progress.attempt)
    result = {
        "snapshot_id": snapshot_id,
        "number": number,
        "people": len(votes.participant_ids),
        "groups": len(summary.numbers),
    }
    progress.finish(result)
    failpoint("opinions.publishing")
    db.session.commit()
    failpoint("opinions.published")
    return result


@periodic_task("opinions.keep_snapshots")
def keep_snapshots() -> int:
    """Enqueue a snapshot for each campaign with enough new votes, or other votes excluded than before.

    :return: how many were enqueued
    """
    with reading():
        campaign_ids = due_campaign_ids()
        db.session.rollback()
    for campaign_id in campaign_ids:
        enqueue_due_snapshot(campaign_id)
        db.session.commit()
    return len(campaign_ids)


@periodic_task("opinions.clear_lost_snapshots")
def clear_lost_snapshots() -> int:
    """Mark snapshots as failed whose job continued without them or ended, and delete their scores in batches.

    :return: how many snapshots were cleared
    """
    with reading():
        snapshot_ids = stale_snapshot_ids()
        db.session.rollback()
    for snapshot_id in snapshot_ids:
        while delete_score_batch(snapshot_id):
            db.session.commit()
        mark_snapshot_failed(snapshot_id)  # last: a worker that is killed before it leaves it for the next call
        db.session.commit()
    return len(snapshot_ids)

"""Runs that a killed worker left BUILDING. The worker that takes the job over starts a run of its own."""

from __future__ import annotations

import sqlalchemy as sa

from forum.analysis.themes.models import ClusterMember, RunState, ThemeRun, UnthemedIdea
from forum.core import clock
from forum.core.database import affected
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState

BATCH_SIZE = 5_000  # ideas whose rows a transaction deletes at most, so that others never wait long


def stale_run_ids() -> list[int]:
    """Return the runs that are BUILDING but whose job runs in another attempt or has ended."""
    continues = sa.select(Job.id).where(
        Job.id == ThemeRun.job_id, Job.state == JobState.RUNNING, Job.attempt == ThemeRun.attempt
    )
    stale = sa.select(ThemeRun.id).where(ThemeRun.state == RunState.BUILDING, ~continues.exists())
    return list(db.session.scalars(stale))


def delete_member_batch(table: type[ClusterMember | UnthemedIdea], run_id: int) -> int:
    """Delete the rows of at most BATCH_SIZE ideas of a run; return how many rows that were. The caller commits."""
    batch = sa.select(table.idea_id).where(table.run_id == run_id).distinct().limit(BATCH_SIZE)
    deleted = db.session.execute(
        sa.delete(table)
        .where(table.run_id == run_id, table.idea_id.in_(batch))
        .execution_options(synchronize_session=False)
    )
    return affected(deleted)


def mark_run_failed(run_id: int) -> None:
    """Mark a run that is still BUILDING as FAILED. The caller commits."""
    db.session.execute(
        sa.update(ThemeRun)
        .where(ThemeRun.id == run_id, ThemeRun.state == RunState.BUILDING)
        .values(state=RunState.FAILED, finished_at=clock.now())
    )

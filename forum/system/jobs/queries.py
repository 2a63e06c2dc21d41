from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState, WorkerHeartbeat

MAX_LISTED = 50


def get_job(job_id: int) -> Job:
    """Return a job.

    :raise NotFound:
    """
    job = db.session.get(Job, job_id)
    if job is None:
        raise NotFound("그런 작업이 없어요.")
    return job


def latest_jobs() -> Sequence[Job]:
    """Return the newest jobs, newest first."""
    return db.session.scalars(sa.select(Job).order_by(Job.id.desc()).limit(MAX_LISTED)).all()


def newest_job(kind: str, dedupe_key: str, state: JobState | None = None) -> Job | None:
    """Return the newest job of this kind and key, ended or not; with a state, the newest in that state."""
    query = sa.select(Job).where(Job.kind == kind, Job.dedupe_key == dedupe_key)
    if state is not None:
        query = query.where(Job.state == state)
    return db.session.scalar(query.order_by(Job.id.desc()).limit(1))


def last_heartbeat_at() -> datetime | None:
    """Return when a worker was last seen alive."""
    return db.session.scalar(sa.select(sa.func.max(WorkerHeartbeat.at)))

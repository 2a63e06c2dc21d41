from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState, WorkerHeartbeat

MAX_LISTED = 50


def get_job(job_id: int) -> Job:
    """:raise NotFound:"""
    job = db.session.get(Job, job_id)
    if job is None:
        raise NotFound("그런 작업이 없습니다.")
    return job


def latest_jobs() -> Sequence[Job]:
    return db.session.scalars(sa.select(Job).order_by(Job.id.desc()).limit(MAX_LISTED)).all()


def newest_job(kind: str, dedupe_key: str, state: JobState | None = None) -> Job | None:
    """The newest job of a kind about one thing, ended or not; with a state, the newest that is in it."""
    query = sa.select(Job).where(Job.kind == kind, Job.dedupe_key == dedupe_key)
    if state is not None:
        query = query.where(Job.state == state)
    return db.session.scalar(query.order_by(Job.id.desc()).limit(1))


def last_heartbeat_at() -> datetime | None:
    """When a worker was last seen alive."""
    return db.session.scalar(sa.select(sa.func.max(WorkerHeartbeat.at)))

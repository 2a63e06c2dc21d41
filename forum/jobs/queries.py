from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from forum.errors import NotFound
from forum.extensions import db
from forum.jobs.models import Job, WorkerBeat

LATEST = 50


def get_job(job_id: int) -> Job:
    """:raise NotFound:"""
    job = db.session.get(Job, job_id)
    if job is None:
        raise NotFound("그런 작업이 없습니다.")
    return job


def latest_jobs() -> Sequence[Job]:
    return db.session.scalars(sa.select(Job).order_by(Job.id.desc()).limit(LATEST)).all()


def last_beat() -> datetime | None:
    """When a worker was last seen alive."""
    return db.session.scalar(sa.select(sa.func.max(WorkerBeat.at)))

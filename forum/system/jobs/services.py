"""Enqueue and cancel jobs: a Job row in the same transaction as the act that asks for it.

huey only wakes a worker. A lost wake-up costs at most a minute: `runner.requeue_stale_jobs` finds the row.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import insert_or_ignore
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.system.audit.services import record
from forum.system.jobs.models import OPEN_STATES, Job, JobState
from forum.system.jobs.permissions import can_cancel_job

_TO_ENQUEUE = "forum_jobs_to_enqueue"


def enqueue_job(kind: str, *, dedupe_key: str, actor: Actor = SYSTEM, **arguments: object) -> Job:
    """Return the open job of this kind and key, or add one. The caller commits; a worker is woken after that commit.

    Two concurrent requests get the same job: the partial unique index lets only one of them insert it.
    """
    values = {"kind": kind, "dedupe_key": dedupe_key, "arguments": arguments, "requested_by_id": actor.id}
    is_open = sa.and_(Job.kind == kind, Job.dedupe_key == dedupe_key, Job.state.in_(OPEN_STATES))
    job = None
    while job is None:  # an open job may end between the two statements; then the next INSERT succeeds
        db.session.execute(insert_or_ignore(db.session, Job).values(**values))
        job = db.session.scalars(sa.select(Job).where(is_open)).one_or_none()
    _enqueue_after_commit(("job", job.id))
    return job


def enqueue_task(name: str) -> None:
    """Run a periodic task soon after the caller's commit, before the next full minute."""
    _enqueue_after_commit(("task", name))


def cancel_job(job: Job, actor: Actor) -> None:
    """Cancel a job that has not ended; its worker notices at its next write. The caller commits.

    :raise Forbidden: the actor may not cancel jobs
    :raise WrongState: it has ended already
    """
    require(can_cancel_job(actor))
    db.session.refresh(job, with_for_update={"of": Job})  # its worker may be ending it at this moment
    if not job.is_open:
        raise WrongState("이미 끝난 작업이에요.")
    before = {"state": job.state.name}
    job.state, job.finished_at = JobState.CANCELLED, clock.now()
    record(actor, "jobs.cancel", job, before, {"state": job.state.name})


def enqueue(what: tuple[str, int | str]) -> None:
    """Put ("job", id) or ("task", name) into huey's queue; if it is gone, a worker finds the rows by itself."""
    current_app.extensions["forum_queue"].put(*what)


def _enqueue_after_commit(what: tuple[str, int | str]) -> None:
    db.session.info.setdefault(_TO_ENQUEUE, set()).add(what)


@event.listens_for(Session, "after_commit")
def _enqueue_on_commit(session: Session) -> None:
    if session.in_nested_transaction():  # a released savepoint is not a commit: others do not see the rows yet
        return
    for what in sorted(session.info.pop(_TO_ENQUEUE, ()), key=str):
        enqueue(what)


@event.listens_for(Session, "after_soft_rollback")
def _forget_after_rollback(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop(_TO_ENQUEUE, None)

"""Run jobs and periodic tasks, and requeue jobs whose worker died. Used by workers and by commands with --wait.

A worker claims a job before running it (state RUNNING, `attempt` + 1). Every later write names that attempt, so a
worker that lost its job while it was suspended can change nothing. A handler that publishes something ends its job in
the transaction that publishes (`Progress.finish`): a kill before that commit makes it run again, a kill after it not.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from forum.core import clock
from forum.core.database import affected, insert_or_ignore, reading
from forum.core.errors import ForumError
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState, WorkerHeartbeat
from forum.system.jobs.progress import LeaseLost, Progress, heartbeat, owned_job_update
from forum.system.jobs.registry import JOB_HANDLERS, PERIODIC_TASKS
from forum.system.jobs.services import enqueue

log = structlog.get_logger()
MAX_ATTEMPTS = 3
DATABASE_GONE = (OperationalError, InterfaceError)  # unreachable, or locked for too long


def run_job(job_id: int) -> JobState | None:
    """Claim a job and run it, in a worker or in a command with --wait. Commits.

    :return: the state it ended in; None if there was nothing to claim, or if the job was lost or requeued
    """
    progress = _claim(job_id)
    if progress is None:
        return None
    kind = db.session.scalar(sa.select(Job.kind).where(Job.id == job_id)) or ""
    db.session.rollback()
    try:
        with heartbeat(progress):
            result = JOB_HANDLERS[kind](progress, **progress.arguments)
    except LeaseLost:
        db.session.rollback()
        log.info("job_lost", job_id=job_id, attempt=progress.attempt)
        return None
    except DATABASE_GONE as error:
        db.session.rollback()
        return _release(progress, error)
    except KeyboardInterrupt:  # a command was stopped: a worker does the job instead, at once and not after the lease
        db.session.rollback()
        _requeue(progress)
        raise
    except Exception as error:
        db.session.rollback()
        log.exception("job_failed", job_id=job_id, kind=kind, attempt=progress.attempt)
        return _end(progress, JobState.FAILED, error=_error_text(error))
    if progress.is_finished:
        return JobState.DONE
    return _end(progress, JobState.DONE, result=result or {})


def run_next_job() -> bool:
    """Run the oldest job that waits, for a worker whose queue is gone. Return whether there was one. Commits."""
    with reading():
        job_id = db.session.scalar(sa.select(sa.func.min(Job.id)).where(Job.state == JobState.QUEUED))
        db.session.rollback()
    if job_id is None:
        return False
    run_job(job_id)
    return True


def requeue_stale_jobs() -> list[int]:
    """Requeue jobs whose lease expired, fail those with MAX_ATTEMPTS, wake a worker for all that wait. Commits.

    :return: ids of the jobs that were woken
    """
    lost_before = clock.now() - timedelta(seconds=int(current_app.config["JOB_LOST_AFTER_SECONDS"]))
    is_lost = sa.and_(Job.state == JobState.RUNNING, Job.heartbeat_at < lost_before)
    # A locked row is being published at this moment, or its worker hangs: the next call sees which.
    lost_ids = list(db.session.scalars(sa.select(Job.id).where(is_lost).with_for_update(skip_locked=True)))
    lost = sa.and_(Job.id.in_(lost_ids), is_lost)
    db.session.execute(
        sa.update(Job)
        .where(lost, Job.attempt >= MAX_ATTEMPTS)
        .values(state=JobState.FAILED, finished_at=clock.now(), error="일하던 프로그램이 여러 번 멈췄어요.")
    )
    db.session.execute(sa.update(Job).where(lost).values(state=JobState.QUEUED, step="", progress=0.0))
    waiting = list(db.session.scalars(sa.select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id)))
    db.session.commit()
    for job_id in waiting:
        enqueue(("job", job_id))
    return waiting


def run_periodic_task(name: str) -> None:
    """Run one periodic task and commit; roll back and raise if it fails."""
    try:
        PERIODIC_TASKS[name]()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def run_periodic_tasks() -> None:
    """Run every periodic task once, up to the first error."""
    for name in sorted(PERIODIC_TASKS):
        run_periodic_task(name)


def keep_jobs_going() -> None:
    """Record that a worker is alive and requeue stale jobs: the quick part of what a worker does each minute."""
    record_worker_heartbeat()
    requeue_stale_jobs()


def run_minute_tasks() -> None:
    """Run every periodic task, as a worker does each minute. If one fails, the others still run."""
    db.session.execute(sa.text("SELECT 1"))  # a database that is gone is one error, not one of each task
    db.session.rollback()
    for name in sorted(PERIODIC_TASKS):
        try:
            run_periodic_task(name)
        except DATABASE_GONE as error:
            log.warning("task_put_off", task=name, error=str(error.orig)[:200])
        except Exception:
            log.exception("task_failed", task=name)


def record_worker_heartbeat() -> None:
    """Record that a worker is alive. Commits."""
    if not affected(db.session.execute(sa.update(WorkerHeartbeat).values(at=clock.now()))):
        db.session.execute(
            insert_or_ignore(db.session, WorkerHeartbeat).values(id=1, at=clock.now())
        )  # two may be first
    db.session.commit()


def _claim(job_id: int) -> Progress | None:
    """Set a queued job to RUNNING for a new attempt. Commits. Return None if it is not queued."""
    now = clock.now()
    claimed = db.session.execute(
        sa.update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED)
        .values(state=JobState.RUNNING, attempt=Job.attempt + 1, heartbeat_at=now, started_at=now)
        .returning(Job.attempt, Job.arguments, Job.requested_by_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.commit()
    return None if claimed is None else Progress(job_id, claimed[0], dict(claimed[1]), claimed[2])


def _end(progress: Progress, state: JobState, **values: object) -> JobState | None:
    """End the job in this state. Commits. Return None if the lease was lost."""
    if state is JobState.DONE:
        values["progress"] = 1.0
    ended = db.session.execute(
        owned_job_update(progress.job_id, progress.attempt).values(state=state, finished_at=clock.now(), **values)
    )
    db.session.commit()
    return state if affected(ended) == 1 else None


def _release(progress: Progress, error: DBAPIError) -> JobState | None:
    """Requeue a job after the database was unreachable or locked for too long."""
    log.warning("job_given_back", job_id=progress.job_id, attempt=progress.attempt, error=str(error.orig)[:200])
    if progress.attempt >= MAX_ATTEMPTS:
        return _end(progress, JobState.FAILED, error="데이터베이스가 여러 번 응답하지 않아 그만두었어요.")
    _requeue(progress)
    return None


def _requeue(progress: Progress) -> None:
    """Let the job wait again. Commits. If the database is gone, the job's lease expires instead."""
    with suppress(DBAPIError):
        db.session.execute(
            owned_job_update(progress.job_id, progress.attempt).values(state=JobState.QUEUED, progress=0.0, step="")
        )
        db.session.commit()
        return
    db.session.rollback()


def _error_text(error: Exception) -> str:
    """Return the error text for the job's page; details of unexpected errors are only in the log."""
    return error.message if isinstance(error, ForumError) else f"예상하지 못한 문제예요 ({type(error).__name__})."

"""Asking for long work, doing it, and noticing when a worker died over it.

A Job row is committed with the act that wants it. huey only wakes a worker; a wake-up that is lost is made good by
the sweep. Whoever runs a job first claims it (state RUNNING, `attempt` + 1); every later write names that attempt, so
a worker that slept through losing its job can change nothing. A task that publishes something ends its job in the very
transaction that publishes (`Progress.finish`): killed before that commit it is done again, killed after it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, SessionTransaction

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.errors import ForumError, WrongState
from forum.core.extensions import db
from forum.system.audit.services import record
from forum.system.jobs.models import OPEN_STATES, Job, JobState, WorkerBeat
from forum.system.jobs.permissions import can_cancel_job
from forum.system.jobs.progress import LostJob, Progress, heart, on_progress, own

__all__ = [
    "LostJob",
    "Progress",
    "ask_for_errand",
    "ask_for_job",
    "beat",
    "cancel_job",
    "do_the_minutes_work",
    "errand",
    "on_progress",
    "run_all_errands",
    "run_errand",
    "run_job",
    "sweep",
    "task",
    "wake",
]

log = structlog.get_logger()
MAX_ATTEMPTS = 3
_WAKE = "forum_jobs_to_wake"
_handlers: dict[str, Callable[..., dict[str, Any] | None]] = {}
_errands: dict[str, Callable[[], object]] = {}


def task(kind: str) -> Callable[[Callable[..., dict[str, Any] | None]], Callable[..., dict[str, Any] | None]]:
    """Register the function that does jobs of this kind: `fn(progress, **arguments) -> result`."""

    def register(function: Callable[..., dict[str, Any] | None]) -> Callable[..., dict[str, Any] | None]:
        _handlers[kind] = function
        return function

    return register


def errand(name: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register small work that needs no row of its own: run when asked for after a commit, and every minute."""

    def register(function: Callable[[], object]) -> Callable[[], object]:
        _errands[name] = function
        return function

    return register


def ask_for_job(kind: str, *, dedupe_key: str, actor: Actor = SYSTEM, **arguments: object) -> Job:
    """The open job of this kind and key, or a new one. The caller commits; a worker is woken after that commit.

    Two requests that ask at once get the same job: the partial unique index lets one of them insert it.
    """
    values = {"kind": kind, "dedupe_key": dedupe_key, "arguments": arguments, "asked_by_id": actor.id}
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    is_open = sa.and_(Job.kind == kind, Job.dedupe_key == dedupe_key, Job.state.in_(OPEN_STATES))
    job = None
    while job is None:  # the job that was in the way may end between the two statements; then ours goes in
        db.session.execute(
            insert(Job).values(**values).on_conflict_do_nothing().execution_options(synchronize_session=False)
        )
        job = db.session.scalars(sa.select(Job).where(is_open)).one_or_none()
    _wake_later(("job", job.id))
    return job


def ask_for_errand(name: str) -> None:
    """Have an errand run after the caller's commit."""
    _wake_later(("errand", name))


def cancel_job(job: Job, actor: Actor) -> None:
    """Stop a job that has not ended; its worker notices at its next word. The caller commits.

    :raise Forbidden: only those who may start one
    :raise WrongState: it has ended already
    """
    require(can_cancel_job(actor))
    if not job.is_open:
        raise WrongState("이미 끝난 작업입니다.")
    before = {"state": job.state.name}
    job.state, job.finished_at = JobState.CANCELLED, clock.now()
    record(actor, "jobs.cancel", job, before, {"state": job.state.name})


def run_job(job_id: int) -> JobState | None:
    """Claim a job and do it, whoever calls: the worker, or a command with --wait.

    :return: the state it ended in; None if there was nothing to claim
    """
    progress = _claim(job_id)
    if progress is None:
        return None
    kind = db.session.scalar(sa.select(Job.kind).where(Job.id == job_id)) or ""
    db.session.rollback()
    try:
        with heart(progress):
            result = _handlers[kind](progress, **progress.arguments)
    except LostJob:
        db.session.rollback()
        log.info("job_lost", job_id=job_id, attempt=progress.attempt)
        return None
    except (OperationalError, InterfaceError) as error:
        db.session.rollback()
        return _give_back(progress, error)
    except Exception as error:
        db.session.rollback()
        log.exception("job_failed", job_id=job_id, kind=kind, attempt=progress.attempt)
        return _end(progress, JobState.FAILED, error=_words(error))
    if progress.is_finished:
        return JobState.DONE
    return _end(progress, JobState.DONE, result=result or {})


def sweep() -> list[int]:
    """Queue again what lost its worker, give up on what was lost too often, wake what waits. Commits.

    :return: ids of the jobs that were woken
    """
    lost_before = clock.now() - timedelta(seconds=int(current_app.config["JOB_LOST_AFTER_SECONDS"]))
    is_lost = sa.and_(Job.state == JobState.RUNNING, Job.heartbeat_at < lost_before)
    # A row that somebody holds is being published at this moment, or its holder hangs: the next sweep sees which.
    lost_ids = list(db.session.scalars(sa.select(Job.id).where(is_lost).with_for_update(skip_locked=True)))
    lost = sa.and_(Job.id.in_(lost_ids), is_lost)
    db.session.execute(
        sa.update(Job)
        .where(lost, Job.attempt >= MAX_ATTEMPTS)
        .values(state=JobState.FAILED, finished_at=clock.now(), error="일하던 프로그램이 여러 번 멈췄습니다.")
    )
    db.session.execute(sa.update(Job).where(lost).values(state=JobState.QUEUED, step="", progress=0.0))
    waiting = list(db.session.scalars(sa.select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id)))
    db.session.commit()
    for job_id in waiting:
        wake(("job", job_id))
    return waiting


def run_errand(name: str) -> None:
    _errands[name]()


def run_all_errands() -> None:
    for name in sorted(_errands):
        run_errand(name)


def do_the_minutes_work() -> None:
    """What a worker does at its start and once a minute. A part that fails holds up none of the others."""
    parts = {"beat": beat, "sweep": sweep} | dict(sorted(_errands.items()))
    for name, part in parts.items():
        try:
            part()
        except Exception:
            db.session.rollback()
            log.exception("minute_failed", part=name)


def beat() -> None:
    """Note that a worker is alive. Commits."""
    if not db.session.execute(sa.update(WorkerBeat).values(at=clock.now())).rowcount:  # type: ignore[attr-defined]
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        db.session.execute(insert(WorkerBeat).values(id=1, at=clock.now()).on_conflict_do_nothing())  # two may be first
    db.session.commit()


def wake(what: tuple[str, int | str]) -> None:
    """Put ("job", id) or ("errand", name) into huey's queue.

    A queue that cannot be reached is no error to whoever asked: the worker's next sweep finds the rows.
    """
    try:
        current_app.extensions["forum_queue"].put(*what)
    except Exception:
        log.exception("queue_unreachable", what=what)


def _wake_later(what: tuple[str, int | str]) -> None:
    db.session.info.setdefault(_WAKE, set()).add(what)


def _claim(job_id: int) -> Progress | None:
    now = clock.now()
    claimed = db.session.execute(
        sa.update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED)
        .values(state=JobState.RUNNING, attempt=Job.attempt + 1, heartbeat_at=now, started_at=now)
        .returning(Job.attempt, Job.arguments, Job.asked_by_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.commit()
    return None if claimed is None else Progress(job_id, claimed[0], dict(claimed[1]), claimed[2])


def _end(progress: Progress, state: JobState, **values: object) -> JobState | None:
    if state is JobState.DONE:
        values["progress"] = 1.0
    ended = db.session.execute(
        own(progress.job_id, progress.attempt).values(state=state, finished_at=clock.now(), **values)
    )
    db.session.commit()
    return state if ended.rowcount == 1 else None  # type: ignore[attr-defined]


def _give_back(progress: Progress, error: DBAPIError) -> JobState | None:
    """The database went away or stayed locked under the work: it is done again at the next sweep, not given up.

    Where even this cannot be written, the heart has stopped with the work, and the sweep finds the job lost.
    """
    log.warning("job_given_back", job_id=progress.job_id, attempt=progress.attempt, error=str(error.orig)[:200])
    if progress.attempt >= MAX_ATTEMPTS:
        return _end(progress, JobState.FAILED, error="데이터베이스가 여러 번 응답하지 않아 그만두었습니다.")
    with suppress(DBAPIError):
        db.session.execute(own(progress.job_id, progress.attempt).values(state=JobState.QUEUED, progress=0.0, step=""))
        db.session.commit()
        return None
    db.session.rollback()
    return None


def _words(error: Exception) -> str:
    """What people read on the job's page; a bug's details stay in the log."""
    return error.message if isinstance(error, ForumError) else f"예상하지 못한 문제입니다 ({type(error).__name__})."


@event.listens_for(Session, "after_commit")
def _wake_after_commit(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint is no commit: nobody else sees the rows yet
        return
    for what in sorted(session.info.pop(_WAKE, ()), key=str):
        wake(what)


@event.listens_for(Session, "after_soft_rollback")
def _forget_after_rollback(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop(_WAKE, None)

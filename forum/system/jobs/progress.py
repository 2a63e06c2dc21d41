"""Progress of a running job, and the heartbeats that keep its lease.

Every write names the attempt that makes it, so a worker that lost its job can write nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Flask, current_app

from forum.core import clock
from forum.core.database import affected
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState

log = structlog.get_logger()
_listener: ContextVar[Callable[[float], object]] = ContextVar("forum_progress", default=lambda share: None)


class LeaseLost(Exception):
    """The worker lost its lease on the job: it was cancelled, or another attempt has begun."""


class Progress:
    """Access to the running job's row: record progress, keep the lease, notice when it was lost."""

    def __init__(self, job_id: int, attempt: int, arguments: dict[str, Any], requested_by_id: int | None) -> None:
        self.job_id, self.attempt, self.arguments, self.requested_by_id = job_id, attempt, arguments, requested_by_id
        self.is_finished = False

    def __call__(self, share: float, step: str = "") -> None:
        """Record that `share` (0..1) is done. Commits, so nothing of the job's own work may be pending.

        :raise LeaseLost: stop, and write nothing more
        """
        self._write(progress=min(max(share, 0.0), 1.0), step=step[:64], heartbeat_at=clock.now())
        db.session.commit()
        _listener.get()(share)

    def lock(self) -> None:
        """Lock the job's row for this attempt until the caller's commit, so that the attempt cannot lose its lease.

        :raise LeaseLost: as above
        """
        self._write(heartbeat_at=clock.now())

    def finish(self, result: dict[str, Any]) -> None:
        """End the job in the caller's transaction, so that its effect and its end are one commit. The caller commits.

        :raise LeaseLost: as above
        """
        self._write(state=JobState.DONE, finished_at=clock.now(), progress=1.0, result=result)
        self.is_finished = True

    def _write(self, **values: object) -> None:
        done = db.session.execute(owned_job_update(self.job_id, self.attempt).values(**values))
        if affected(done) != 1:
            db.session.rollback()
            raise LeaseLost(f"job {self.job_id} is no longer at attempt {self.attempt}")


def owned_job_update(job_id: int, attempt: int) -> sa.Update:
    """Return an UPDATE of the job's row that matches only while this attempt is the running one."""
    return (
        sa.update(Job)
        .where(Job.id == job_id, Job.attempt == attempt, Job.state == JobState.RUNNING)
        .execution_options(synchronize_session=False)
    )


@contextmanager
def on_progress(listener: Callable[[float], object]) -> Iterator[None]:
    """Call `listener` with the share done, so that a command can show the progress of a job it runs itself."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def heartbeat(progress: Progress) -> Iterator[None]:
    """Send heartbeats from a thread, so that a long computation is not considered stale.

    They end after JOB_LONGEST_SECONDS: a job that hangs loses its lease too, and is requeued.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    stop, begun = threading.Event(), time.monotonic()

    def send() -> None:
        while not stop.wait(float(app.config["JOB_HEARTBEAT_SECONDS"])):
            if time.monotonic() - begun > float(app.config["JOB_LONGEST_SECONDS"]):
                log.warning("job_hangs", job_id=progress.job_id, attempt=progress.attempt)
                return
            with app.app_context():
                try:
                    progress.lock()
                    db.session.commit()
                except LeaseLost:
                    return
                except Exception:  # the database may be busy; the next heartbeat may succeed
                    db.session.rollback()

    thread = threading.Thread(target=send, name=f"heartbeat-of-job-{progress.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)

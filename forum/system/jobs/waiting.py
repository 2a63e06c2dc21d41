"""Wait for a job's end in a command: run it here or, while a worker has it, follow that worker's progress."""

from __future__ import annotations

import time

import click
from tqdm import tqdm

from forum.core.database import reading
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import on_progress
from forum.system.jobs.queries import get_job
from forum.system.jobs.runner import DATABASE_GONE, requeue_stale_jobs, run_job

POLL_SECONDS = 0.5
REQUEUE_SECONDS = 15  # a worker may have died with the job, and there may be no other
INTERRUPTED = 130  # exit code of a program that was stopped with Ctrl-C

max_wait_option = click.option(
    "--max-wait",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    metavar="MINUTES",
    help=_("다른 작업자가 이 일을 하고 있으면 몇 분까지 기다릴지"),
)


def run_or_follow_job(job_id: int, max_wait: int, label: str) -> Job:
    """Run a job here or wait until a worker has ended it, and show its progress. Commits.

    :param max_wait: minutes to wait for others; what runs here may take longer
    :param label: text beside the progress bar
    :return: the job, which is done
    :raise WrongState: it failed, was cancelled, or others did not end it in time
    :raise SystemExit: Ctrl-C was pressed; the job goes on, or waits for a worker
    """
    with tqdm(total=100, unit="%", desc=label) as bar, on_progress(lambda s: bar.update(int(s * 100) - bar.n)):
        try:
            job = _wait(job_id, time.monotonic() + 60 * max_wait, bar)
        except KeyboardInterrupt:
            bar.close()
            click.echo(_("기다리기를 그만둡니다. %(what)s", what=_stays(job_id)), err=True)
            raise SystemExit(INTERRUPTED) from None
    if job is None:
        raise WrongState(
            _("%(minutes)d분을 기다렸지만 아직 끝나지 않았어요. %(what)s", minutes=max_wait, what=_stays(job_id))
        )
    if job.state is not JobState.DONE:
        raise WrongState(job.error or _("작업 %(number)d번이 취소되었어요.", number=job_id))
    return job


def _wait(job_id: int, deadline: float, bar: tqdm[object]) -> Job | None:
    """Return the ended job, or None at the deadline."""
    requeue_at = time.monotonic() + REQUEUE_SECONDS
    while True:
        try:
            state, share = _look(job_id)
            if state is JobState.QUEUED:
                run_job(job_id)  # if a worker was faster, nothing happens
                state, share = _look(job_id)
            if time.monotonic() >= requeue_at:
                requeue_at = time.monotonic() + REQUEUE_SECONDS
                requeue_stale_jobs()
        except DATABASE_GONE:  # gone or locked for a while: the wait goes on
            db.session.rollback()
        else:
            bar.update(int(share * 100) - bar.n)
            if state not in {JobState.QUEUED, JobState.RUNNING}:
                return get_job(job_id)
        if time.monotonic() >= deadline:
            return None
        time.sleep(POLL_SECONDS)


def _look(job_id: int) -> tuple[JobState, float]:
    """Return the job's state and progress as others have committed them."""
    with reading():
        db.session.rollback()
        db.session.expire_all()
        job = get_job(job_id)
        found = job.state, job.progress
        db.session.rollback()
    return found


def _stays(job_id: int) -> str:
    return _(
        "작업 %(number)d번은 그대로 남아 작업자가 이어서 해요. "
        "진행은 /jobs/%(number)d 에서 보고, 그만두려면 거기서 취소해 주세요.",
        number=job_id,
    )

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.system.jobs import runner
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import LeaseLost, Progress, on_progress
from forum.system.jobs.runner import (
    requeue_stale_jobs,
    run_job,
)
from forum.system.jobs.services import cancel_job
from tests.forum.system.jobs.helpers import claimed, fresh, handler, queued

__all__ = ["handler"]


def test_progress_is_seen_by_others_while_the_work_goes_on(app, handler):
    seen, heard = [], []

    def work(progress):
        progress(0.25, "글 읽는 중")
        with db.engine.connect() as other:
            seen.append(other.execute(sa.select(Job.progress, Job.step)).one())
        progress(7.0, "가" * 500)

    handler(work)
    job = queued()
    with on_progress(heard.append):
        run_job(job.id)
    assert [tuple(row) for row in seen] == [(0.25, "글 읽는 중")]
    assert heard == [0.25, 7.0]
    assert len(fresh(job).step) == 64


def test_a_late_write_of_an_older_attempt_is_refused(app):
    job = queued()
    slept = claimed(job)
    with clock.at(clock.now() + timedelta(hours=1)):
        assert requeue_stale_jobs() == [job.id]
        awake = claimed(job)
        assert (slept.attempt, awake.attempt) == (1, 2)
        with pytest.raises(LeaseLost):
            slept(0.9, "늦은 신호")
        with pytest.raises(LeaseLost):
            slept.lock()
        assert runner._end(slept, JobState.DONE, result={"from": "the dead"}) is None
        awake(0.5, "두 번째")
    job = fresh(job)
    assert (job.state, job.step, job.progress, job.result) == (JobState.RUNNING, "두 번째", 0.5, {})


def test_a_long_computation_is_kept_alive_beside_the_work(app, handler, monkeypatch):
    beaten = threading.Event()
    lock = Progress.lock

    def noted(self):
        lock(self)
        beaten.set()

    def work(progress):
        assert beaten.wait(10)

    monkeypatch.setitem(app.config, "JOB_HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(Progress, "lock", noted)
    handler(work)
    assert run_job(queued().id) is JobState.DONE


def test_what_is_published_and_the_jobs_end_are_one_commit(app, handler, make):
    """A worker that dies right after that commit has nothing left to do, so no job is requeued."""

    def work(progress):
        make.campaign(slug="published")
        progress.finish({"campaign": "published"})
        with db.engine.connect() as other:
            seen = other.scalar(sa.select(Job.state)) if db.engine.dialect.name == "postgresql" else JobState.RUNNING
        assert seen is JobState.RUNNING
        db.session.commit()
        raise KeyboardInterrupt  # as after a kill, nothing more of run_job runs

    handler(work)
    job = queued()
    with pytest.raises(KeyboardInterrupt):
        run_job(job.id)
    with clock.at(clock.now() + timedelta(hours=1)):
        assert requeue_stale_jobs() == []
    job = fresh(job)
    assert (job.state, job.attempt, job.result) == (JobState.DONE, 1, {"campaign": "published"})


def test_what_was_not_committed_leaves_the_job_unfinished(app, handler, make):
    def work(progress):
        make.campaign(slug="lost")
        progress.finish({})
        db.session.rollback()
        raise KeyboardInterrupt

    handler(work)
    job = queued()
    with pytest.raises(KeyboardInterrupt):
        run_job(job.id)
    with clock.at(clock.now() + timedelta(hours=1)):
        assert requeue_stale_jobs() == [job.id]


def test_a_finished_job_keeps_its_result(app, handler):
    def work(progress):
        progress.finish({"n": 1})
        db.session.commit()
        return {"n": 2}

    handler(work)
    job = queued()
    assert run_job(job.id) is JobState.DONE
    assert fresh(job).result == {"n": 1}


def test_a_job_that_hangs_is_taken_from_its_worker(app, handler, monkeypatch):
    """Heartbeats stop after JOB_LONGEST_SECONDS, so the job is requeued and the old attempt cannot write any more."""
    hearts = threading.Event()

    def work(progress):
        for thread in threading.enumerate():
            if thread.name.startswith("heartbeat-of-job"):
                thread.join(10)  # it ends by itself, long before the handler
                assert not thread.is_alive()
                hearts.set()
        with clock.at(clock.now() + timedelta(hours=1)):
            assert requeue_stale_jobs() == [progress.job_id]
        progress(1.0)

    monkeypatch.setitem(app.config, "JOB_HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setitem(app.config, "JOB_LONGEST_SECONDS", 0.05)
    handler(work)
    job = queued()
    assert run_job(job.id) is None
    assert hearts.is_set()
    assert fresh(job).state is JobState.QUEUED


def test_a_running_job_hears_at_its_next_word_that_it_was_cancelled(app, handler):
    def work(progress):
        progress(0.1)
        cancel_job(db.session.get_one(Job, progress.job_id), SYSTEM)
        db.session.commit()
        progress(0.2)
        raise AssertionError("the work went on")

    handler(work)
    job = queued()
    assert run_job(job.id) is None
    assert (fresh(job).state, fresh(job).progress) == (JobState.CANCELLED, 0.1)

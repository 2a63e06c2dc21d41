from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.system.jobs import runner
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import LeaseLost, Progress, on_progress
from forum.system.jobs.queries import last_heartbeat_at
from forum.system.jobs.registry import JOB_HANDLERS
from forum.system.jobs.runner import (
    MAX_ATTEMPTS,
    record_worker_heartbeat,
    requeue_stale_jobs,
    run_every_minute,
    run_job,
)
from forum.system.jobs.services import cancel_job, enqueue_job, enqueue_task

KIND = "test.work"


@pytest.fixture
def handler(monkeypatch):
    """Say what jobs of our kind do: `handler(fn)`. Afterwards nobody knows the kind any more."""

    def register(function: Callable[..., object]) -> None:
        monkeypatch.setitem(JOB_HANDLERS, KIND, function)

    return register


@pytest.fixture
def woken(app, monkeypatch):
    """What huey was told, in order, instead of telling it."""
    calls = []
    monkeypatch.setattr(app.extensions["forum_queue"], "put", lambda *what: calls.append(what))
    return calls


def queued(key="a", **arguments):
    job = enqueue_job(KIND, dedupe_key=key, **arguments)
    db.session.commit()
    return job


def fresh(job):
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Job, job.id)


def claimed(job):
    """Take the job as a worker would, and give back its line to the row."""
    progress = runner._claim(job.id)
    assert progress is not None
    return progress


# Asking
def test_an_asked_job_waits_and_its_worker_is_woken_after_the_commit(make, woken):
    analyst = make.analyst()
    db.session.commit()
    job = enqueue_job(KIND, dedupe_key="a", actor=analyst, campaign_id=3)
    assert (job.state, job.attempt, job.requested_by_id) == (JobState.QUEUED, 0, analyst.id)
    assert job.arguments == {"campaign_id": 3}
    assert woken == []
    db.session.commit()
    assert woken == [("job", job.id)]


def test_nobody_is_woken_for_what_was_rolled_back(app, woken):
    enqueue_job(KIND, dedupe_key="a")
    enqueue_task("test.task")
    db.session.rollback()
    db.session.execute(sa.text("SELECT 1"))
    db.session.commit()
    assert woken == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_asking_twice_is_one_job_until_it_has_ended(app, handler):
    handler(lambda progress: None)
    first = queued()
    assert queued().id == first.id
    assert queued("b").id != first.id
    claimed(first)
    assert queued().id == first.id  # a running one is still the same
    runner._end(Progress(first.id, 1, {}, None), JobState.DONE)
    assert queued().id != first.id


def test_a_queue_that_cannot_be_reached_loses_nothing(app, handler, monkeypatch):
    def broken(*what):
        raise OSError("no queue")

    handler(lambda progress: {"done": 1})
    monkeypatch.setattr(app.extensions["forum_queue"], "put", broken)
    job = queued()
    monkeypatch.undo()
    assert requeue_stale_jobs() == [job.id]


# Doing
def test_a_job_is_done_with_its_arguments_and_its_result_kept(app, handler):
    handler(lambda progress, campaign_id: {"seen": campaign_id})
    job = queued(campaign_id=7)
    assert run_job(job.id) is JobState.DONE
    job = fresh(job)
    assert (job.state, job.result, job.progress, job.attempt) == (JobState.DONE, {"seen": 7}, 1.0, 1)
    assert job.finished_at is not None


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


def test_a_failed_job_says_so_in_words_and_takes_its_half_done_work_back(app, handler, make):
    def work(progress):
        make.campaign(slug="half-done")
        raise ZeroDivisionError("secret detail")

    handler(work)
    job = queued()
    assert run_job(job.id) is JobState.FAILED
    job = fresh(job)
    assert job.error == "예상하지 못한 문제입니다 (ZeroDivisionError)."
    assert db.session.scalar(sa.text("SELECT count(*) FROM campaign")) == 0


def test_a_refusal_is_shown_as_it_was_said(app, handler):
    def work(progress):
        raise WrongState("제안이 하나도 없습니다.")

    handler(work)
    job = queued()
    run_job(job.id)
    assert fresh(job).error == "제안이 하나도 없습니다."


def test_a_job_nobody_can_do_fails_instead_of_staying(app):
    job = queued()
    assert run_job(job.id) is JobState.FAILED


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_only_a_waiting_job_can_be_claimed(app, handler, state):
    done = []
    handler(lambda progress: done.append(1))
    job = queued()
    ended = state in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}
    job.state, job.finished_at = state, clock.now() if ended else None
    db.session.commit()
    assert run_job(job.id) is None
    assert run_job(job.id + 1) is None
    assert done == []


def test_two_workers_at_once_do_a_job_once(app, handler):
    done, barrier = [], threading.Barrier(2, timeout=10)
    handler(lambda progress: done.append(1))
    job_id = queued().id
    db.session.rollback()  # on SQLite this session would hold the one writer's place
    results = []

    def worker():
        with app.app_context():
            barrier.wait()
            results.append(run_job(job_id))

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert done == [1]
    assert sorted(results, key=str) == [JobState.DONE, None]


# Losing
def test_a_late_write_of_an_older_attempt_is_refused(app):
    job = queued()
    slept = claimed(job)
    with clock.at(clock.now() + timedelta(hours=1)):
        assert requeue_stale_jobs() == [job.id]
        awake = claimed(job)
        assert (slept.attempt, awake.attempt) == (1, 2)
        with pytest.raises(LeaseLost):
            slept(0.9, "늦은 소식")
        with pytest.raises(LeaseLost):
            slept.lock()
        assert runner._end(slept, JobState.DONE, result={"from": "the dead"}) is None
        awake(0.5, "두 번째")
    job = fresh(job)
    assert (job.state, job.step, job.progress, job.result) == (JobState.RUNNING, "두 번째", 0.5, {})


def test_what_a_lost_worker_had_not_published_is_gone(app, handler, make):
    def work(progress):
        job = db.session.get_one(Job, progress.job_id)
        job.state, job.finished_at = JobState.CANCELLED, clock.now()
        db.session.commit()
        make.campaign(slug="too-late")
        progress.lock()

    handler(work)
    job = queued()
    assert run_job(job.id) is None
    assert fresh(job).state is JobState.CANCELLED
    assert db.session.scalar(sa.text("SELECT count(*) FROM campaign")) == 0


def test_the_sweep_leaves_the_living_alone(app):
    claimed(queued())
    assert requeue_stale_jobs() == []


def test_the_sweep_gives_up_on_what_was_lost_too_often(app):
    job, now = queued(), clock.now()
    for hours in range(1, MAX_ATTEMPTS + 1):
        claimed(job)
        with clock.at(now + timedelta(hours=hours)):
            woken = requeue_stale_jobs()
        now = clock.now()
        if hours < MAX_ATTEMPTS:
            assert woken == [job.id]
    assert woken == []
    job = fresh(job)
    assert (job.state, job.attempt) == (JobState.FAILED, MAX_ATTEMPTS)
    assert "멈췄습니다" in job.error


def test_the_sweep_wakes_what_waits(app, woken):
    first, second = queued("a"), queued("b")
    woken.clear()
    assert requeue_stale_jobs() == [first.id, second.id]
    assert woken == [("job", first.id), ("job", second.id)]


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
    """A worker that dies right after that commit has nothing left to do, so the sweep starts nothing again."""

    def work(progress):
        make.campaign(slug="published")
        progress.finish({"campaign": "published"})
        with db.engine.connect() as other:
            seen = other.scalar(sa.select(Job.state)) if db.engine.dialect.name == "postgresql" else JobState.RUNNING
        assert seen is JobState.RUNNING
        db.session.commit()
        raise KeyboardInterrupt  # nothing of run_job's own runs after this, as after a kill

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


def gone():
    return sa.exc.OperationalError("SELECT 1", {}, Exception("server closed the connection unexpectedly"))


def test_a_job_whose_database_went_away_is_done_again_and_in_the_end_given_up(app, handler):
    def work(progress):
        progress(0.5, "half")
        raise gone()

    handler(work)
    job = queued()
    for attempt in range(1, MAX_ATTEMPTS):
        assert run_job(job.id) is None
        assert (fresh(job).state, fresh(job).attempt, fresh(job).progress) == (JobState.QUEUED, attempt, 0.0)
    assert run_job(job.id) is JobState.FAILED
    assert "데이터베이스" in fresh(job).error


def test_a_job_that_hangs_is_taken_from_its_worker(app, handler, monkeypatch):
    """Its heart stops after JOB_LONGEST_SECONDS, so the sweep finds it lost, and it may not write any more."""
    hearts = threading.Event()

    def work(progress):
        for thread in threading.enumerate():
            if thread.name.startswith("heartbeat-of-job"):
                thread.join(10)  # it ends by itself, long before the work does
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


def test_a_part_of_the_minutes_work_that_fails_holds_up_no_other(app, monkeypatch):
    done = []

    def breaks():
        raise ZeroDivisionError

    monkeypatch.setattr(runner, "requeue_stale_jobs", breaks)
    monkeypatch.setattr(runner, "PERIODIC_TASKS", {"a": breaks, "b": lambda: done.append("b")})
    run_every_minute()
    assert done == ["b"]
    assert last_heartbeat_at() is not None


# Cancelling
def test_a_cancelled_job_is_not_begun(app, handler, make):
    done = []
    handler(lambda progress: done.append(1))
    job, analyst = queued(), make.analyst()
    cancel_job(job, analyst)
    db.session.commit()
    assert run_job(job.id) is None
    assert done == []
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.after) == ("jobs.cancel", analyst.id, {"state": "CANCELLED"})


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


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_what_has_ended_cannot_be_cancelled(app, state):
    job = queued()
    job.state, job.finished_at = state, clock.now()
    db.session.flush()
    with pytest.raises(WrongState, match="이미 끝난"):
        cancel_job(job, SYSTEM)


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}])
def test_others_cancel_nothing(make, role):
    job, actor = queued(), make.actor(role)
    with pytest.raises(Forbidden):
        cancel_job(job, actor)
    assert job.state is JobState.QUEUED


# The worker's own pulse
def test_the_worker_is_one_row_rewritten(app):
    assert last_heartbeat_at() is None
    record_worker_heartbeat()
    later = clock.now() + timedelta(minutes=1)
    with clock.at(later):
        record_worker_heartbeat()
    assert last_heartbeat_at() == later
    assert db.session.scalar(sa.text("SELECT count(*) FROM worker_beat")) == 1


def test_a_savepoint_wakes_nobody_and_its_rollback_forgets_nothing(app, monkeypatch):
    woken: list[object] = []
    monkeypatch.setattr("forum.system.jobs.services.enqueue", woken.append)
    enqueue_task("notices.send_waiting_mail")
    with db.session.begin_nested():
        db.session.execute(sa.text("SELECT 1"))
    assert woken == []
    savepoint = db.session.begin_nested()
    savepoint.rollback()
    db.session.commit()
    assert woken == [("task", "notices.send_waiting_mail")]

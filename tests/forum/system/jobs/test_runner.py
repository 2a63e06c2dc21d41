from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog

from forum.core import clock
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.system.jobs import runner
from forum.system.jobs.models import Job, JobState, WorkerHeartbeat
from forum.system.jobs.queries import last_heartbeat_at
from forum.system.jobs.runner import (
    MAX_ATTEMPTS,
    record_worker_heartbeat,
    requeue_stale_jobs,
    run_job,
    run_minute_tasks,
)
from tests.forum.system.jobs.helpers import claimed, fresh, handler, queued, woken

__all__ = ["handler", "woken"]


def test_a_job_is_done_with_its_arguments_and_its_result_kept(app, handler):
    handler(lambda progress, campaign_id: {"seen": campaign_id})
    job = queued(campaign_id=7)
    assert run_job(job.id) is JobState.DONE
    job = fresh(job)
    assert (job.state, job.result, job.progress, job.attempt) == (JobState.DONE, {"seen": 7}, 1.0, 1)
    assert job.finished_at is not None


def test_a_failed_job_says_so_in_words_and_takes_its_half_done_work_back(app, handler, make):
    def work(progress):
        make.campaign(slug="half-done")
        raise ZeroDivisionError("secret detail")

    handler(work)
    job = queued()
    assert run_job(job.id) is JobState.FAILED
    job = fresh(job)
    assert job.error == "예상하지 못한 문제예요 (ZeroDivisionError)."
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
    db.session.rollback()  # on SQLite this session would hold the write lock
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
    assert "멈췄어요" in job.error


def test_the_sweep_wakes_what_waits(app, woken):
    first, second = queued("a"), queued("b")
    woken.clear()
    assert requeue_stale_jobs() == [first.id, second.id]
    assert woken == [("job", first.id), ("job", second.id)]


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


def test_a_periodic_task_that_fails_holds_up_no_other(app, monkeypatch):
    done = []

    def breaks():
        raise ZeroDivisionError

    def loses_its_database():
        raise gone()

    tasks = {"a": breaks, "b": loses_its_database, "c": lambda: done.append("c")}
    monkeypatch.setattr(runner, "PERIODIC_TASKS", tasks)
    run_minute_tasks()
    assert done == ["c"]


def test_a_minute_without_a_database_is_two_lines_and_no_traceback(app, monkeypatch):
    def nowhere(*_arguments, **_options):
        raise gone()

    monkeypatch.setattr(db.session, "execute", nowhere)
    with structlog.testing.capture_logs() as lines:
        for part in app.extensions["forum_queue"].minute_parts:
            part()
    assert [(line["event"], "exc_info" in line) for line in lines] == [("database_unavailable", False)] * 2


def test_a_constraint_that_refuses_is_no_database_that_is_gone(app, monkeypatch):
    def doubles():
        raise sa.exc.IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed"))

    monkeypatch.setattr(runner, "PERIODIC_TASKS", {"a": doubles})
    with structlog.testing.capture_logs() as lines:
        run_minute_tasks()
    assert [line["event"] for line in lines] == ["task_failed"]


def test_a_stopped_command_leaves_its_job_to_a_worker_at_once(app, handler):
    def stopped(progress):
        raise KeyboardInterrupt

    handler(stopped)
    job = queued()
    with pytest.raises(KeyboardInterrupt):
        run_job(job.id)
    assert (fresh(job).state, fresh(job).attempt) == (JobState.QUEUED, 1)


def test_the_worker_is_one_row_rewritten(app):
    assert last_heartbeat_at() is None
    record_worker_heartbeat()
    later = clock.now() + timedelta(minutes=1)
    with clock.at(later):
        record_worker_heartbeat()
    assert last_heartbeat_at() == later
    assert db.session.scalar(sa.text("SELECT count(*) FROM worker_beat")) == 1


def test_a_beat_is_one_row_that_moves(app):
    record_worker_heartbeat()
    first = last_heartbeat_at()
    record_worker_heartbeat()
    assert first is not None
    assert last_heartbeat_at() > first
    assert db.session.scalar(sa.select(sa.func.count()).select_from(WorkerHeartbeat)) == 1


@pytest.mark.parametrize("engine_name", ["postgresql"])  # SQLite has one writer at a time
def test_two_workers_may_beat_first_at_the_same_moment(app):
    def overtake(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE worker_beat"):
            with db.engine.begin() as other:
                other.execute(sa.insert(WorkerHeartbeat.__table__).values(id=1, at=clock.now()))

    sa.event.listen(db.engine, "after_cursor_execute", overtake)
    try:
        record_worker_heartbeat()
    finally:
        sa.event.remove(db.engine, "after_cursor_execute", overtake)
    assert last_heartbeat_at() is not None

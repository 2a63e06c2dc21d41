"""Commands that want a job's result: they run it, or follow the worker that has it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.system.jobs import runner, waiting
from forum.system.jobs.models import JobState
from forum.system.jobs.services import cancel_job
from forum.system.jobs.waiting import run_or_follow_job
from tests.forum.system.jobs.helpers import claimed, fresh, handler, queued

__all__ = ["handler"]


@pytest.fixture
def meanwhile(monkeypatch):
    """Let others do something at each pause of the wait, in turn: `meanwhile(first, second)`."""

    def plan(*steps):
        left = list(steps)
        monkeypatch.setattr(waiting.time, "sleep", lambda _seconds: left.pop(0)())

    return plan


def test_a_job_that_waits_is_run_here(app, handler, meanwhile):
    handler(lambda progress: {"answer": 42})
    meanwhile()
    assert run_or_follow_job(queued().id, 1, "a").result == {"answer": 42}


def test_a_job_that_a_worker_has_is_followed_to_its_end(app, handler, meanwhile, capsys):
    job = queued()
    progress = claimed(job)
    meanwhile(
        lambda: progress(0.5, "half"),
        lambda: runner._end(progress, JobState.DONE, result={"by": "a worker"}),
    )
    assert run_or_follow_job(job.id, 1, "만드는 중").result == {"by": "a worker"}
    assert "만드는 중" in capsys.readouterr().err


def test_a_worker_that_gives_the_job_back_is_relieved(app, handler, meanwhile):
    handler(lambda progress: {"by": "the command"})
    job = queued()
    progress = claimed(job)
    meanwhile(lambda: runner._requeue(progress))
    assert run_or_follow_job(job.id, 1, "a").result == {"by": "the command"}


def test_a_worker_that_died_is_relieved_when_its_lease_is_over(app, handler, meanwhile, monkeypatch):
    handler(lambda progress: {"by": "the command"})
    monkeypatch.setattr(waiting, "REQUEUE_SECONDS", 0)
    job = queued()
    with clock.at(clock.now() - timedelta(hours=1)):
        claimed(job)
    meanwhile(lambda: None, lambda: None)
    assert run_or_follow_job(job.id, 1, "a").result == {"by": "the command"}


def fails(job, progress):
    runner._end(progress, JobState.FAILED, error="분석할 제안이 없어요.")


def is_cancelled(job, progress):
    cancel_job(fresh(job), SYSTEM)
    db.session.commit()


@pytest.mark.parametrize(("end", "words"), [(fails, "분석할 제안이 없어요"), (is_cancelled, "취소되었어요")])
def test_another_end_is_an_error_in_words(app, meanwhile, end, words):
    job = queued()
    progress = claimed(job)
    meanwhile(lambda: end(job, progress))
    with pytest.raises(WrongState, match=words):
        run_or_follow_job(job.id, 1, "a")


def test_the_wait_for_others_ends_and_the_job_goes_on(app, meanwhile):
    job = queued()
    claimed(job)
    meanwhile()
    with pytest.raises(WrongState, match=f"0분을 기다렸지만.*/jobs/{job.id}"):
        run_or_follow_job(job.id, 0, "a")
    assert fresh(job).state is JobState.RUNNING


def stop(*_arguments):
    raise KeyboardInterrupt


def test_to_stop_the_wait_stops_no_worker(app, meanwhile, capsys):
    job = queued()
    claimed(job)
    meanwhile(stop)
    with pytest.raises(SystemExit) as left:
        run_or_follow_job(job.id, 1, "a")
    assert left.value.code == 130
    assert f"작업 {job.id}번은 그대로 남아" in capsys.readouterr().err
    assert fresh(job).state is JobState.RUNNING


def test_to_stop_what_runs_here_leaves_it_to_a_worker(app, handler):
    handler(stop)
    job = queued()
    with pytest.raises(SystemExit):
        run_or_follow_job(job.id, 1, "a")
    assert fresh(job).state is JobState.QUEUED


def test_a_database_that_is_away_for_a_moment_ends_no_wait(app, handler, meanwhile, monkeypatch):
    job = queued()
    progress = claimed(job)
    look, lost = waiting._look, []

    def once_lost(job_id):
        if not lost:
            lost.append(job_id)
            raise runner.OperationalError("SELECT", {}, Exception("the database is starting up"))
        return look(job_id)

    monkeypatch.setattr(waiting, "_look", once_lost)
    meanwhile(lambda: None, lambda: runner._end(progress, JobState.DONE, result={}))
    assert run_or_follow_job(job.id, 1, "a").state is JobState.DONE

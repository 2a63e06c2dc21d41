from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.system.jobs import runner
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import Progress
from forum.system.jobs.runner import run_job
from forum.system.jobs.services import cancel_job, enqueue_job, enqueue_task
from tests.forum.system.jobs.helpers import KIND, claimed, handler, queued, woken
from tests.races import act_elsewhere

__all__ = ["handler", "woken"]


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
    assert queued().id == first.id  # also while it runs
    runner._end(Progress(first.id, 1, {}, None), JobState.DONE)
    assert queued().id != first.id


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


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_what_has_ended_cannot_be_cancelled(app, state):
    job = queued()
    job.state, job.finished_at = state, clock.now()
    db.session.flush()
    with pytest.raises(WrongState, match="이미 끝난"):
        cancel_job(job, SYSTEM)


def test_a_job_that_ended_meanwhile_is_not_cancelled(app):
    job_id = claimed(queued()).job_id
    db.session.commit()
    job = db.session.get_one(Job, job_id)
    assert job.is_open

    def end():
        Progress(job_id, 1, {}, None).finish({"digest_id": 1})

    act_elsewhere(app, end)
    with pytest.raises(WrongState, match="이미 끝난"):
        cancel_job(job, SYSTEM)
    db.session.rollback()
    assert db.session.get_one(Job, job_id).state is JobState.DONE


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}])
def test_others_cancel_nothing(make, role):
    job, actor = queued(), make.actor(role)
    with pytest.raises(Forbidden):
        cancel_job(job, actor)
    assert job.state is JobState.QUEUED

from __future__ import annotations

from forum.core.extensions import db
from forum.system.jobs import runner
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.queries import last_heartbeat_at
from forum.system.jobs.services import enqueue_job


def drain(huey):
    """Run every queued task, as the consumer does; return their names."""
    names = []
    while (task := huey.dequeue()) is not None:
        names.append(task.name)
        huey.execute(task)
    return names


def test_the_queue_carries_a_wake_up_to_the_job(app):
    job = enqueue_job("nobody.knows.this", dedupe_key="a")
    db.session.commit()
    assert drain(app.extensions["forum_queue"].huey) == ["forum_job"]
    db.session.expire_all()
    assert db.session.get_one(Job, job.id).state is JobState.FAILED  # it was claimed and tried


def test_the_minute_beats_and_does_every_task_without_a_message(app, monkeypatch):
    done = []
    monkeypatch.setattr(runner, "PERIODIC_TASKS", {"a": lambda: done.append("a"), "b": lambda: done.append("b")})
    db.session.commit()
    for part in app.extensions["forum_queue"].minute_parts:
        part()
    db.session.rollback()
    assert last_heartbeat_at() is not None
    assert done == ["a", "b"]

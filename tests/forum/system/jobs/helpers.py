"""Fixtures and helpers of the tests of jobs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forum.core.extensions import db
from forum.system.jobs import runner
from forum.system.jobs.models import Job
from forum.system.jobs.registry import JOB_HANDLERS
from forum.system.jobs.services import enqueue_job

KIND = "test.work"


@pytest.fixture
def handler(monkeypatch):
    """Register a handler for jobs of KIND with `handler(fn)`; it is removed after the test."""

    def register(function: Callable[..., object]) -> None:
        monkeypatch.setitem(JOB_HANDLERS, KIND, function)

    return register


@pytest.fixture
def woken(app, monkeypatch):
    """Collect the messages for huey, in order, instead of sending them."""
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
    """Claim the job as a worker does, and return its Progress."""
    progress = runner._claim(job.id)
    assert progress is not None
    return progress

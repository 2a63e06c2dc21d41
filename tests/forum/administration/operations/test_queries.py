"""What `flask forum check` reports about jobs and runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.administration.operations.queries import _current_runs, _jobs
from forum.analysis.themes.models import RunState
from forum.core import clock
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState


def test_a_job_whose_worker_was_not_heard_of_for_long_is_found(app):
    now = clock.now()
    lost_after = timedelta(seconds=app.config["JOB_LOST_AFTER_SECONDS"])
    for key, heard in (("fresh", now), ("lost, not yet swept", now - lost_after), ("forgotten", now - 3 * lost_after)):
        db.session.add(Job(kind="test", dedupe_key=key, state=JobState.RUNNING, attempt=1, heartbeat_at=heard))
    db.session.flush()
    found = _jobs()
    assert (found.n_checked, len(found.differences)) == (3, 1)


def test_jobs_that_wait_or_ended_are_not_asked_for_news(app):
    db.session.add(Job(kind="test", dedupe_key="a"))
    db.session.add(Job(kind="test", dedupe_key="b", state=JobState.DONE, finished_at=clock.now()))
    db.session.flush()
    assert _jobs().n_checked == 0


@pytest.mark.parametrize(("current", "differences"), [(True, 0), (False, 1)])
def test_an_analysed_campaign_shows_exactly_one_run(make, current, differences):
    make.run(is_current=current)
    make.campaign()
    assert len(_current_runs().differences) == differences


def test_members_of_a_failed_run_are_found(make):
    campaign = make.campaign()
    make.run(campaign)
    make.run(campaign, state=RunState.FAILED, is_current=False)
    assert "구성원이 남아" in _current_runs().differences[0]

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.themes import stale_runs
from forum.analysis.themes.models import ClusterMember, RunState, ThemeRun, UnthemedIdea
from forum.analysis.themes.queries import RUN_JOB
from forum.analysis.themes.tasks import clear_stale_runs
from forum.core import clock
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState


def building(make, state, attempt=1, run_attempt=1):
    """A BUILDING run and its job."""
    ended = state not in {JobState.QUEUED, JobState.RUNNING}
    job = Job(kind=RUN_JOB, dedupe_key=f"{state}{attempt}", state=state, attempt=attempt, heartbeat_at=clock.now())
    job.finished_at = clock.now() if ended else None
    db.session.add(job)
    db.session.flush()
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(4)]
    return make.run(
        campaign,
        [ideas[:3]],
        ideas[3:],
        state=RunState.BUILDING,
        is_current=False,
        finished_at=None,
        job_id=job.id,
        attempt=run_attempt,
    )


def rows(run_id):
    return tuple(
        db.session.scalar(sa.select(sa.func.count()).where(table.run_id == run_id))
        for table in (ClusterMember, UnthemedIdea)
    )


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.RUNNING])
def test_a_run_whose_job_does_not_go_on_is_failed_and_emptied(make, monkeypatch, state):
    monkeypatch.setattr(stale_runs, "BATCH_SIZE", 2)
    run_id = building(make, state).id
    whole = make.run()
    db.session.commit()
    assert clear_stale_runs() == 1
    db.session.expire_all()
    assert db.session.get_one(ThemeRun, run_id).state is RunState.FAILED
    assert rows(run_id) == (0, 0)
    assert (whole.state, rows(whole.id)) == (RunState.FINISHED, (2, 0))
    assert clear_stale_runs() == 0


def test_a_run_of_an_older_attempt_is_lost_and_the_present_one_is_not(make):
    old, present = (
        building(make, JobState.RUNNING, attempt=2, run_attempt=1),
        building(make, JobState.RUNNING, 3, 3),
    )
    db.session.commit()
    assert clear_stale_runs() == 1
    db.session.expire_all()
    assert (old.state, present.state) == (RunState.FAILED, RunState.BUILDING)
    assert rows(present.id) == (3, 1)

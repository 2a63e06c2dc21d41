from __future__ import annotations

import ast
import re

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.registry import JOB_HANDLERS, JOB_KINDS
from forum.system.jobs.runner import record_worker_heartbeat
from forum.system.jobs.services import enqueue_job
from tests.project.source import files, parsed

ROLES = [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}]


@pytest.fixture
def job(app):
    return enqueue_job("themes.run", dedupe_key="campaign:1", campaign_id=1)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_who_may_look_and_cancel(client, make, job, role):
    client.login(make.account(role))
    allowed = role in {Role.ANALYST, Role.ADMIN}
    for path in ("/jobs", f"/jobs/{job.id}"):
        assert client.get(path).status_code == (200 if allowed else 403)
    assert client.post(f"/jobs/{job.id}/cancel").status_code == (302 if allowed else 403)
    assert db.session.get_one(Job, job.id).state is (JobState.CANCELLED if allowed else JobState.QUEUED)


def test_an_empty_list_says_so_and_a_worker_never_seen_too(client, make):
    page = client.login(make.admin()).get("/jobs").text
    assert "아직 작업이 없어요" in page
    assert "아직 켜진 적이 없어요" in page


def test_the_list_names_jobs_and_the_workers_last_pulse(client, make, job):
    record_worker_heartbeat()
    page = client.login(make.admin()).get("/jobs").text
    assert f'href="/jobs/{job.id}">제안 분석</a>' in page
    assert "마지막으로 본 때" in page


def test_an_open_job_shows_how_far_it_is_and_asks_again(client, make, job):
    job.state, job.progress, job.step, job.started_at = JobState.RUNNING, 0.42, "vectors", clock.now()
    page = client.login(make.analyst()).get(f"/jobs/{job.id}").text
    assert 'value="42"' in page
    assert "지금 하는 일: 글을 서로 견줄 준비를 하는 중" in page
    assert "vectors" not in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'hx-trigger="every 2s"' in page
    assert "작업 취소" in page


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_an_ended_job_asks_no_more(client, make, job, state):
    job.state, job.finished_at = state, clock.now()
    page = client.login(make.analyst()).get(f"/jobs/{job.id}").text
    assert state.label in page
    assert "http-equiv" not in page
    assert "hx-trigger" not in page
    assert "작업 취소" not in page


def test_a_failure_is_told_and_escaped(client, make, job):
    job.state, job.finished_at, job.error = JobState.FAILED, clock.now(), "<b>제안이 없어요</b>"
    page = client.login(make.analyst()).get(f"/jobs/{job.id}").text
    assert "&lt;b&gt;제안이 없어요&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("role", "kind", "result", "path"),
    [
        (Role.ANALYST, "themes.run", {"run_id": 5}, "/runs/5"),
        (Role.ANALYST, "themes.encode", {"encoded": 3}, "/c/{slug}/desk"),
        (Role.ANALYST, "themes.likeness", {"groups": 1}, "/c/{slug}/duplicates"),
        (Role.ANALYST, "desk.compare_run", {"compared_run_id": 7}, "/runs/7"),
        (Role.ANALYST, "desk.suggest_split", {"theme_id": 8}, "/desk/themes/8#ideas"),
        (Role.ANALYST, "digests.build", {"digest_id": 6}, "/digests/6"),
        (Role.ADMIN, "digests.build", {"digest_id": 6}, "/digests/6"),
    ],
)
def test_a_done_job_leads_to_what_it_made(client, make, role, kind, result, path):
    campaign = make.campaign()
    job = enqueue_job(kind, dedupe_key="one", campaign_id=campaign.id, theme_id=8)
    job.state, job.finished_at, job.result = JobState.DONE, clock.now(), result
    page = client.login(make.account(role)).get(f"/jobs/{job.id}").text
    assert f'href="{path.format(slug=campaign.slug)}"' in page


def test_every_kind_of_job_has_words_for_itself_and_its_steps():
    """No code word reaches the screen: each step that a handler or the pipeline names has words."""
    assert set(JOB_KINDS) == set(JOB_HANDLERS)
    words = {step for kind in JOB_KINDS.values() for step in kind.steps}
    assert named_steps() == words
    assert all(re.search("[가-힣]", str(text)) for kind in JOB_KINDS.values() for text in kind.steps.values())


def named_steps() -> set[str]:
    """Return the steps that `progress(share, "step")` names anywhere in the code."""
    calls = [
        node
        for path in (*files("forum"), *files("nlp"))
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and len(node.args) == 2
    ]
    reports = [call for call in calls if ast.unparse(call.func).endswith("progress")]
    return {call.args[1].value for call in reports if isinstance(call.args[1], ast.Constant)}


def test_a_step_without_words_is_not_shown(client, make, job):
    job.state, job.step = JobState.RUNNING, "unknown_step"
    assert "unknown_step" not in client.login(make.analyst()).get(f"/jobs/{job.id}").text


def test_a_failed_job_says_what_to_do_and_leads_back(client, make):
    campaign = make.campaign()
    job = enqueue_job("themes.run", dedupe_key="one", campaign_id=campaign.id)
    job.state, job.finished_at = JobState.FAILED, clock.now()
    page = client.login(make.analyst()).get(f"/jobs/{job.id}").text
    assert "다시 시작해 주세요" in page
    assert f"작업 번호 {job.id}" in page
    assert f'href="/c/{campaign.slug}/desk"' in page


def test_the_list_asks_again_only_while_a_job_is_open(client, make, job):
    client.login(make.analyst())
    assert 'http-equiv="refresh"' in client.get("/jobs").text
    assert 'hx-trigger="every 5s"' in client.get("/jobs").text
    job.state, job.finished_at = JobState.DONE, clock.now()
    assert "http-equiv" not in client.get("/jobs").text
    assert "hx-trigger" not in client.get("/jobs").text


def test_a_run_is_the_analysts_to_see_so_nobody_else_is_led_there(client, make, job):
    job.state, job.finished_at, job.result = JobState.DONE, clock.now(), {"run_id": 5}
    assert "/runs/5" not in client.login(make.admin()).get(f"/jobs/{job.id}").text


def test_what_has_ended_is_not_cancelled_again(client, make, job):
    job.state, job.finished_at = JobState.DONE, clock.now()
    response = client.login(make.admin()).post(f"/jobs/{job.id}/cancel")
    assert response.status_code == 409
    assert "이미 끝난 작업" in response.text


@pytest.mark.parametrize("path", ["/jobs/999999", "/jobs/99999999999999999999", "/jobs/x", "/jobs/-1"])
def test_a_job_that_is_not_there(client, make, path):
    assert client.login(make.admin()).get(path).status_code == 404
    assert client.post(f"{path}/cancel").status_code == 404

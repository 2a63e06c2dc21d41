from __future__ import annotations

import pytest

from forum.analysis.themes.queries import current_run
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState


@pytest.fixture
def run(app):
    def invoke(*words: str):
        db.session.commit()
        return app.test_cli_runner().invoke(args=["themes", *words])

    return invoke


def test_waiting_for_a_run_prints_what_it_found(make, run):
    campaign = make.campaign(slug="real")
    bare = make.idea(campaign, external_id="1", body="")
    said = run("run", "--campaign", "real", "--wait")
    assert said.exit_code == 0, said.output
    assert "제안 1건에서 묶음 0개" in said.output
    assert "본문이 없어 제목으로만 읽은 제안 1건" in said.output
    db.session.expire_all()
    assert current_run(campaign.id).parameters["no_body"] == [bare.id]


def test_without_waiting_the_job_is_left_to_the_worker(make, run):
    make.campaign(slug="real")
    assert run("run", "--campaign", "real").exit_code == 0
    db.session.expire_all()
    assert db.session.query(Job).one().state is JobState.QUEUED


def test_an_analysis_of_another_granularity_is_not_taken_for_the_one_asked_for(make, run):
    make.campaign(slug="real")
    assert run("run", "--campaign", "real").exit_code == 0
    said = run("run", "--campaign", "real", "--granularity", "fine", "--wait")
    assert (said.exit_code, "‘보통’ 분석을 하고 있어요" in said.output) == (1, True)
    assert db.session.query(Job).one().arguments["granularity"] == "NORMAL"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["run", "--campaign", "none"], "포럼이 없어요"),
        (["run", "--campaign", "real", "--as", "nobody@example.org"], "계정이 없어요"),
        (["list", "--campaign", "none"], "포럼이 없어요"),
    ],
)
def test_bad_words_are_answered_in_words(make, run, words, reason):
    make.campaign(slug="real")
    said = run(*words)
    assert (said.exit_code, reason in said.output) == (1, True)


def test_a_citizen_starts_no_run_by_command_either(make, run):
    make.campaign(slug="real")
    said = run("run", "--campaign", "real", "--wait", "--as", make.citizen().email)
    assert said.exit_code == 1
    assert db.session.query(Job).count() == 0


def test_listing_names_the_themes(make, run):
    theme = make.theme(make.campaign(slug="real"))
    assert f"{theme.id}\t검토 중\t{theme.title}" in run("list", "--campaign", "real").output

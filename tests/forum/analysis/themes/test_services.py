from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.curation.services import adopt_cluster, decide_theme, edit_theme
from forum.analysis.themes.models import (
    ClusterMember,
    RunState,
    Theme,
    ThemeRun,
    ThemeState,
    UnthemedIdea,
    UnthemedReason,
)
from forum.analysis.themes.queries import current_run
from forum.analysis.themes.services import start_run
from forum.analysis.themes.tasks import run_analysis
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import LeaseLost, Progress
from forum.voice.ideas.models import IdeaState

SUBJECTS = {
    "태양광": [
        "학교 지붕 태양광 발전기 설치",
        "아파트 지붕 태양광 발전 지원",
        "공공건물 지붕 태양광 발전",
        "마을 태양광 발전소",
    ],
    "급식": [
        "급식 음식물 쓰레기 잔반 줄이기",
        "학교 급식 잔반 음식물 쓰레기",
        "급식실 잔반 저울과 음식물 쓰레기",
        "음식물 쓰레기 급식 퇴비",
    ],
    "버스": ["청소년 버스 요금 정기권", "버스 정기권 요금 할인", "농촌 버스 요금 정기권", "버스 지하철 정기권 요금"],
}


@pytest.fixture
def corpus(make):
    """A campaign with three clear subjects of four ideas each, and one idea without any word."""
    campaign = make.campaign()
    author = make.citizen()
    for subject, titles in SUBJECTS.items():
        for title in titles:
            make.idea(campaign, author, title=title, body=f"{title}에 대한 제안입니다. {subject}이 답입니다.")
    make.idea(campaign, author, title="ㅋㅋㅋ", body="ㅠㅠ")
    db.session.commit()
    return campaign


def analysed(campaign, work):
    job = start_run(campaign, SYSTEM)
    assert work() == [JobState.DONE], db.session.get_one(Job, job.id).error
    return current_run(campaign.id)


def test_a_run_places_every_idea_exactly_once(corpus, work):
    run = analysed(corpus, work)
    themed = db.session.scalars(sa.select(ClusterMember.idea_id).where(ClusterMember.run_id == run.id)).all()
    left = db.session.scalars(sa.select(UnthemedIdea).where(UnthemedIdea.run_id == run.id)).all()
    assert len(themed) == len(set(themed)) == run.n_themed
    assert run.n_ideas == len(themed) + len(left) == 13
    assert UnthemedReason.NO_KNOWN_WORD in {idea.reason for idea in left}
    assert run.state is RunState.FINISHED
    assert run.versions


def test_withdrawn_ideas_are_not_analysed(corpus, make, work):
    make.idea(corpus, state=IdeaState.WITHDRAWN)
    assert analysed(corpus, work).n_ideas == 13


def test_an_empty_campaign_has_a_run_without_clusters(make, work):
    run = analysed(make.campaign(), work)
    assert (run.n_ideas, run.clusters) == (0, [])


def test_ideas_without_body_are_named(make, work):
    campaign = make.campaign()
    bare = make.idea(campaign, external_id="x-1", body="")
    assert analysed(campaign, work).parameters["no_body"] == [bare.id]


def test_the_newer_run_speaks_and_the_older_stays(corpus, work):
    first = analysed(corpus, work).id
    second = analysed(corpus, work).id
    runs = db.session.scalars(sa.select(ThemeRun).order_by(ThemeRun.id)).all()
    assert [(run.id, run.is_current) for run in runs] == [(first, False), (second, True)]


def test_a_second_run_leaves_themes_names_members_and_decisions_alone(corpus, make, work):
    analyst = make.analyst()
    theme = adopt_cluster(analysed(corpus, work).clusters[0], analyst, "내가 붙인 이름")
    members = {member.idea_id for member in theme.members}
    edit_theme(theme, analyst, theme.title, f"요약입니다 [#{min(members)}].", theme.version)
    decide_theme(theme, analyst, ThemeState.APPROVED, "", theme.version)
    make.idea(corpus, title="버스 요금 정기권 하나 더", body="버스 요금")
    start_run(corpus, SYSTEM)
    assert work() == [JobState.DONE, JobState.DONE]  # the analysis, and the comparison it enqueues
    assert (theme.title, theme.state, theme.decided_by_id) == ("내가 붙인 이름", ThemeState.APPROVED, analyst.id)
    assert {member.idea_id for member in theme.members} == members


def test_one_analysis_at_a_time(make):
    campaign = make.campaign()
    assert start_run(campaign, make.analyst()).id == start_run(campaign, make.admin()).id


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}])
def test_who_may_not_start_a_run(make, role):
    with pytest.raises(Forbidden):
        start_run(make.campaign(), make.actor(role))


def test_a_run_whose_job_was_lost_is_never_seen(corpus, make):
    old = make.run(corpus, [])
    job = start_run(corpus, SYSTEM)
    job.state, job.attempt = JobState.RUNNING, 2
    db.session.commit()
    sleeper = Progress(job.id, 1, {}, None)  # the first attempt wakes up after the second has begun
    with pytest.raises(LeaseLost):
        run_analysis(sleeper, corpus.id)
    assert current_run(corpus.id).id == old.id
    assert db.session.scalar(sa.select(sa.func.count(ThemeRun.id))) == 1


def test_a_run_that_loses_its_job_just_before_the_end_publishes_nothing(corpus, make, monkeypatch):
    old = make.run(corpus, [])
    job = start_run(corpus, SYSTEM)
    job.state, job.attempt = JobState.RUNNING, 1
    db.session.commit()
    progress = Progress(job.id, 1, {}, None)
    lock = Progress.lock

    def lock_until_the_end(self):
        if db.session.scalar(sa.select(ThemeRun.id).where(ThemeRun.state == RunState.BUILDING)):
            db.session.execute(sa.update(Job).values(attempt=2))
        lock(self)

    monkeypatch.setattr(Progress, "lock", lock_until_the_end)
    with pytest.raises(LeaseLost):
        run_analysis(progress, corpus.id)
    assert current_run(corpus.id).id == old.id


def test_the_database_refuses_what_must_never_be(make, engine_name):
    campaign, other = make.campaign(), make.campaign()
    theme = make.theme(campaign)
    run = make.run(campaign)
    now = run.data_cut_at
    wrong = [
        "INSERT INTO theme_idea (theme_id, idea_id, campaign_id, source, added_at) "
        f"VALUES ({theme.id}, {make.idea(other).id}, {campaign.id}, 'HUMAN', :now)",
        f"UPDATE theme SET state = 'APPROVED' WHERE id = {theme.id}",
        f"UPDATE theme SET state = 'REJECTED', decision_reason = '' WHERE id = {theme.id}",
        f"INSERT INTO theme_run (campaign_id, attempt, state, is_current, parameters, versions, n_ideas, n_themed, "
        f"data_cut_at, started_at, finished_at) VALUES ({campaign.id}, 1, 'FINISHED', true, '{{}}', '{{}}', 0, 0, "
        ":now, :now, :now)",
        f"UPDATE theme_run SET state = 'BUILDING' WHERE id = {run.id}",
        f"INSERT INTO cluster_member (run_id, cluster_id, idea_id, is_main, score, rank, is_representative) "
        f"VALUES ({run.id}, {run.clusters[0].id}, {make.idea(campaign).id}, true, 1.5, 1, false)",
    ]
    db.session.commit()
    for statement in wrong:
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(sa.text(statement), {"now": str(now)} if ":now" in statement else {})
        db.session.rollback()
    assert db.session.scalars(sa.select(Theme.state).where(Theme.id == theme.id)).one() is ThemeState.DRAFT

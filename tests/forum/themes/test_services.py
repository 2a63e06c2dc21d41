from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.access import SYSTEM, Role
from forum.audit.models import AuditEntry
from forum.campaigns.models import PhaseKind
from forum.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.extensions import db
from forum.ideas.models import IdeaState
from forum.jobs.models import Job, JobState
from forum.jobs.services import LostJob, Progress
from forum.notices.models import Notice, OutboxMail
from forum.themes.models import (
    ClusterMember,
    MemberSource,
    RunState,
    Theme,
    ThemeRun,
    ThemeState,
    UnthemedIdea,
    UnthemedReason,
)
from forum.themes.queries import current_run
from forum.themes.services import (
    add_idea_to_theme,
    adopt_cluster,
    decide_theme,
    edit_theme,
    remove_idea_from_theme,
    run_analysis,
    start_run,
)

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
    """A campaign with three plain subjects of four ideas each, and one idea without any word."""
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
    theme = adopt_cluster(analysed(corpus, work).clusters[0], analyst, "내가 붙인 이름", "요약")
    members = {member.idea_id for member in theme.members}
    decide_theme(theme, analyst, ThemeState.APPROVED, "", theme.version)
    db.session.commit()
    make.idea(corpus, title="버스 요금 정기권 하나 더", body="버스 요금")
    analysed(corpus, work)
    db.session.expire_all()
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
    with pytest.raises(LostJob):
        run_analysis(corpus.id, sleeper)
    assert current_run(corpus.id).id == old.id
    assert db.session.scalar(sa.select(sa.func.count(ThemeRun.id))) == 1


def test_a_run_that_loses_its_job_just_before_the_end_publishes_nothing(corpus, make, monkeypatch):
    old = make.run(corpus, [])
    job = start_run(corpus, SYSTEM)
    job.state, job.attempt = JobState.RUNNING, 1
    db.session.commit()
    progress = Progress(job.id, 1, {}, None)
    owns = Progress.owns

    def owns_until_the_end(self):
        if db.session.scalar(sa.select(ThemeRun.id).where(ThemeRun.state == RunState.BUILDING)):
            db.session.execute(sa.update(Job).values(attempt=2))
        owns(self)

    monkeypatch.setattr(Progress, "owns", owns_until_the_end)
    with pytest.raises(LostJob):
        run_analysis(corpus.id, progress)
    assert current_run(corpus.id).id == old.id


def test_a_cluster_becomes_one_theme(make):
    campaign = make.campaign()
    run, analyst = make.run(campaign), make.analyst()
    theme = adopt_cluster(run.clusters[0], analyst, "학교 태양광 확대", "")
    assert (theme.state, theme.run_id, len(theme.members)) == (ThemeState.DRAFT, run.id, 2)
    assert {member.source for member in theme.members} == {MemberSource.MACHINE}
    with pytest.raises(WrongState, match="이미 정책 주제 ‘학교 태양광 확대’로"):
        adopt_cluster(run.clusters[0], make.analyst(), "다른 이름", "")


def test_ideas_withdrawn_since_the_run_stay_out_of_the_theme(make):
    campaign = make.campaign()
    gone, away = (make.idea(campaign, state=IdeaState.WITHDRAWN) for _ in range(2))
    stays = make.idea(campaign)
    run = make.run(campaign, [[gone, stays], [away]])
    assert [m.idea_id for m in adopt_cluster(run.clusters[0], make.analyst(), "남은 것", "").members] == [stays.id]
    with pytest.raises(WrongState, match="모두 철회"):
        adopt_cluster(run.clusters[1], make.analyst(), "빈 것", "")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_only_analysts_make_themes(make, role):
    actor, campaign = make.actor(role), make.campaign()
    run, theme = make.run(campaign), make.theme(campaign)
    acts = (
        lambda: adopt_cluster(run.clusters[0], actor, "이름", ""),
        lambda: edit_theme(theme, actor, "이름", "", theme.version),
        lambda: decide_theme(theme, actor, ThemeState.APPROVED, "", theme.version),
        lambda: add_idea_to_theme(theme, make.idea(campaign), actor),
        lambda: remove_idea_from_theme(theme, theme.members[0].idea_id, actor),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0


@pytest.mark.parametrize(
    ("title", "summary", "field"),
    [("", "요약", "title"), ("가" * 101, "", "title"), ("이름", "가" * 5001, "summary"), ("이름", "\x00", "summary")],
)
def test_bad_texts_of_a_theme_are_named_at_their_field(make, title, summary, field):
    theme = make.theme()
    with pytest.raises(InvalidInput) as refused:
        edit_theme(theme, make.analyst(), title, summary, theme.version)
    assert list(refused.value.errors) == [field]


def test_two_analysts_do_not_overwrite_each_other(make):
    theme = make.theme()
    seen = theme.version
    edit_theme(theme, make.analyst(), "첫째의 이름", "", seen)
    with pytest.raises(WrongState, match="다른 분석가가 먼저"):
        edit_theme(theme, make.analyst(), "둘째의 이름", "", seen)
    assert theme.title == "첫째의 이름"


def test_a_rejection_needs_a_reason_and_an_approval_a_summary(make):
    analyst, theme = make.analyst(), make.theme(summary="")
    for decision in (ThemeState.REJECTED, ThemeState.APPROVED):
        with pytest.raises(InvalidInput) as refused:
            decide_theme(theme, analyst, decision, " \u3164 ", theme.version)
        assert "reason" in refused.value.errors


def test_a_decision_is_final_here_and_audited_without_texts(make):
    analyst, theme = make.analyst(), make.theme(title="비밀스러운 이름")
    decide_theme(theme, analyst, ThemeState.REJECTED, "근거가 모자랍니다", theme.version)
    with pytest.raises(WrongState, match="이미 ‘채택하지 않음’으로"):
        decide_theme(theme, analyst, ThemeState.APPROVED, "", theme.version)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.after["state"]) == ("themes.rejected", analyst.id, "REJECTED")
    assert "비밀" not in str(entry.after)


def test_a_closed_review_phase_decides_nothing(make):
    theme = make.theme(make.campaign(open_phases=(PhaseKind.VOTING,)))
    with pytest.raises(WrongState, match="분석·검토 단계"):
        decide_theme(theme, make.analyst(), ThemeState.APPROVED, "", theme.version)


def test_authors_hear_of_the_approval_once_each(make):
    campaign, author = make.campaign(), make.citizen()
    theme = make.theme(campaign, [make.idea(campaign, author), make.idea(campaign, author), make.idea(campaign)])
    decide_theme(theme, make.analyst(), ThemeState.APPROVED, "", theme.version)
    assert db.session.scalar(sa.select(sa.func.count(Notice.id)).where(Notice.account_id == author.id)) == 1
    assert db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 2


def test_an_idea_added_by_hand_is_marked_so(make):
    campaign = make.campaign()
    theme, idea = make.theme(campaign), make.idea(campaign)
    assert add_idea_to_theme(theme, idea, make.analyst()).source is MemberSource.HUMAN
    with pytest.raises(WrongState):
        add_idea_to_theme(theme, idea, make.analyst())
    with pytest.raises(InvalidInput, match="다른 포럼"):
        add_idea_to_theme(theme, make.idea(), make.analyst())


def test_an_idea_that_does_not_belong_is_taken_out_of_a_draft(make):
    analyst, theme = make.analyst(), make.theme()
    first, second = (member.idea_id for member in theme.members)
    remove_idea_from_theme(theme, first, analyst)
    assert [member.idea_id for member in theme.members] == [second]
    with pytest.raises(NotFound):
        remove_idea_from_theme(theme, first, analyst)
    with pytest.raises(WrongState, match="마지막"):
        remove_idea_from_theme(theme, second, analyst)
    approved = make.theme(state=ThemeState.APPROVED)
    with pytest.raises(WrongState, match="결정이 난"):
        remove_idea_from_theme(approved, approved.members[0].idea_id, analyst)


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

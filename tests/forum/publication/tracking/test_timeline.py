from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from forum.analysis.themes.models import MemberSource, ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.core.korean import day
from forum.publication.tracking.queries import timeline_of
from forum.response.answers.words import AnswerInput, MilestoneInput
from forum.response.delivery.services import update_milestone
from forum.response.referrals.models import Decision
from forum.response.referrals.services import acknowledge, forward_theme
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaRevision, IdeaState
from forum.voice.ideas.queries import get_idea

OPEN_BUT_REVIEW = tuple(kind for kind in PhaseKind if kind is not PhaseKind.REVIEW)


def titles(idea, done=None):
    """Titles of the timeline; with `done`, only those of entries that are done or still pending."""
    db.session.flush()
    db.session.expire_all()
    return [entry.title for entry in timeline_of(get_idea(idea.id)) if done is None or entry.done is done]


def entry_of(idea, words):
    db.session.flush()
    db.session.expire_all()
    return next(entry for entry in timeline_of(get_idea(idea.id)) if words in entry.title)


def test_a_new_idea_has_its_whole_way_ahead(make):
    idea = make.idea()
    assert titles(idea, done=True) == ["제안을 올렸어요"]
    assert titles(idea, done=False) == [
        "비슷한 제안과 함께 분석",
        "분석가의 검토와 승인",
        "소관부처에 전달",
        "소관부처의 답변",
        "약속한 일의 진행",
    ]


def test_the_way_ahead_says_by_when_each_step_is_planned(make):
    idea = make.idea()
    ends = day(next(phase.closes_at for phase in idea.campaign.phases if phase.kind is PhaseKind.ANSWER))
    assert entry_of(idea, "소관부처의 답변").detail == f"{ends}까지 답해요."


def test_every_step_from_proposal_to_kept_promise_is_on_the_path_in_order(make):
    """Made by the services, a day apart, so that nothing depends on what a factory writes."""
    day_one = datetime(2026, 9, 1, 3, tzinfo=UTC)
    with clock.at(day_one):
        campaign, ministry = make.campaign(), make.ministry(name="기후에너지환경부")
        for phase in campaign.phases:
            phase.closes_at = None
        idea = make.idea(campaign)
        make.vote(idea, value=1)
        make.vote(idea, value=-1)
        analyst, officer = make.analyst(), make.officer(ministry)
        theme = make.theme(campaign, [idea], title="학교 태양광", state=ThemeState.APPROVED)
    with clock.at(day_one + timedelta(days=1)):
        referral = forward_theme(theme, analyst, ministry, version=theme.version)
    with clock.at(day_one + timedelta(days=2)):
        acknowledge(referral, officer)
    with clock.at(day_one + timedelta(days=3)):
        milestone = MilestoneInput("시범 학교 열 곳 고르기", date(2026, 12, 1))
        answer = make.publish(
            referral, officer, AnswerInput(Decision.PARTLY, "열 곳부터 하겠습니다.", milestones=[milestone])
        )
    with clock.at(day_one + timedelta(days=9)):
        update_milestone(
            answer.milestones[0], officer, 100, "회의를 열었습니다", seen_percent=answer.milestones[0].percent_done
        )
        assert titles(idea) == [
            "제안을 올렸어요",
            "시민 2명이 투표했어요",
            "정책 주제 ‘학교 태양광’에 들었어요",
            "분석가가 정책 주제로 승인했어요",
            "기후에너지환경부에 전달했어요",
            "기후에너지환경부가 접수했어요",
            "기후에너지환경부가 검토를 시작했어요",
            "기후에너지환경부가 답변했어요: 일부 수용",
            "기후에너지환경부가 이행을 시작했어요",
            "약속한 일 ‘시범 학교 열 곳 고르기’를 마쳤어요",
            "약속한 일 ‘시범 학교 열 곳 고르기’가 정말 됐는지 참여한 사람들에게 물었어요",
        ]
        timeline = timeline_of(get_idea(idea.id))
    days = [entry.at.date() if isinstance(entry.at, datetime) else entry.at for entry in timeline]
    assert days == sorted(days)
    letter, rating = f"/referrals/{referral.id}", f"/milestones/{answer.milestones[0].id}/rating"
    assert [entry.url for entry in timeline][2:] == [f"/themes/{theme.id}"] * 2 + [letter] * 6 + [rating]
    assert referral.code in timeline[4].detail
    assert "기한" in timeline[4].detail


def test_votes_are_told_with_their_days_never_with_their_hours(make):
    idea = make.idea()
    for phase in idea.campaign.phases:
        phase.opens_at = datetime(2026, 9, 1, tzinfo=UTC)
    with clock.at(datetime(2026, 10, 1, 16, tzinfo=UTC)):  # already 2 October in Seoul
        make.vote(idea, value=0)
    with clock.at(datetime(2026, 10, 5, 1, tzinfo=UTC)):
        make.vote(idea, value=1)
    entry = entry_of(idea, "투표했어요")
    assert entry.at == date(2026, 10, 2)
    assert not isinstance(entry.at, datetime)
    assert entry.detail == "찬성 1, 반대 0, 넘김 1. 2026년 10월 2일부터 2026년 10월 5일까지 투표했어요."


def test_an_edit_is_on_the_path(make):
    idea = make.idea()
    db.session.add(IdeaRevision(idea_id=idea.id, number=1, title="옛 제목", body="옛 글"))
    idea.revision = 2
    assert "제안을 1번 고쳤어요" in titles(idea, done=True)


def test_an_imported_idea_says_what_it_brought_along(make):
    idea = make.idea(external_id="seoul-1", imported_agree_count=1234)
    assert entry_of(idea, "다른 누리집").detail == "그곳에서 받은 공감 1,234"


def test_a_draft_theme_is_on_the_path_without_its_name(make):
    idea = make.idea()
    make.theme(idea.campaign, [idea], title="아직 비밀인 이름")
    entry = entry_of(idea, "정책 주제 후보에 들었어요")
    assert (entry.url, entry.done) == ("", True)
    assert "비밀" not in repr(timeline_of(get_idea(idea.id)))


@pytest.mark.parametrize(
    ("source", "words"), [(MemberSource.MACHINE, "자동 분석이 묶었어요"), (MemberSource.HUMAN, "직접 넣었어요")]
)
def test_the_path_says_who_put_the_idea_into_its_theme(make, source, words):
    idea = make.idea()
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    db.session.refresh(theme, ["members"])
    theme.members[0].source = source
    assert words in entry_of(idea, "에 들었어요").detail


def test_a_rejected_theme_says_why_and_ends_the_path(make):
    idea = make.idea()
    make.vote(idea)
    make.theme(idea.campaign, [idea], state=ThemeState.REJECTED, decision_reason="이미 법으로 정해져 있습니다.")
    entry = entry_of(idea, "채택하지 않았어요")
    assert entry.detail == "이미 법으로 정해져 있습니다."
    assert titles(idea, done=False) == []


def test_staff_appear_as_their_role(make):
    idea = make.idea()
    decider = make.analyst(display_name="분석하는 김실명")
    make.theme(idea.campaign, [idea], state=ThemeState.APPROVED, decided_by_id=decider.id)
    assert "김실명" not in repr(timeline_of(get_idea(idea.id)))


def test_an_idea_the_run_left_alone_hears_why(make):
    idea = make.idea()
    run = make.run(idea.campaign, [], [idea])
    detail = entry_of(idea, "자동 분석을 거쳤어요").detail
    assert f"분석 회차 {run.id}번" in detail
    assert "비슷한 제안이 모자라" in detail


def test_only_the_current_run_speaks(make):
    idea = make.idea()
    make.run(idea.campaign, [[idea]], is_current=False)
    assert "자동 분석을 거쳤어요" not in titles(idea)
    make.run(idea.campaign, [[idea]])
    assert entry_of(idea, "자동 분석을 거쳤어요").detail.endswith("묶였어요.")


def test_a_withdrawn_idea_goes_no_further(make):
    idea = make.idea(state=IdeaState.WITHDRAWN)
    assert titles(idea) == ["제안을 올렸어요", "공개를 멈췄어요"]


def test_a_withdrawn_idea_that_was_sent_still_waits_for_its_answer(make):
    idea = make.idea(state=IdeaState.WITHDRAWN)
    make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED), make.ministry(name="국토교통부"))
    assert "국토교통부의 답변" in titles(idea, done=False)


def test_a_merged_idea_leads_to_the_other_one(make):
    other = make.idea()
    idea = make.idea(other.campaign, state=IdeaState.MERGED, merged_into_id=other.id)
    assert entry_of(idea, "합쳐졌어요").url == f"/ideas/{other.id}"


def test_what_a_phase_left_undone_is_not_promised_any_more(make):
    idea = make.idea(make.campaign(open_phases=OPEN_BUT_REVIEW))
    assert "분석·검토 단계가 끝났어요" in titles(idea, done=True)
    assert titles(idea, done=False) == []


@pytest.mark.parametrize(
    ("closed", "state", "words"),
    [
        (PhaseKind.REVIEW, ThemeState.DRAFT, "분석·검토 단계가 끝났어요"),
        (PhaseKind.REFERRAL, ThemeState.APPROVED, "전달 단계가 끝났어요"),
    ],
)
def test_a_theme_left_behind_says_so(make, closed, state, words):
    campaign = make.campaign(open_phases=tuple(kind for kind in PhaseKind if kind is not closed))
    idea = make.idea(campaign)
    make.theme(campaign, [idea], state=state)
    assert words in titles(idea, done=True)
    assert "소관부처에 전달" not in titles(idea, done=False)


def test_a_referral_nobody_answered_in_time_says_so(make):
    campaign = make.campaign(open_phases=tuple(kind for kind in PhaseKind if kind is not PhaseKind.ANSWER))
    idea = make.idea(campaign)
    make.referral(make.theme(campaign, [idea], state=ThemeState.APPROVED))
    assert "답변 단계가 끝났어요" in titles(idea, done=True)


@pytest.mark.parametrize(("days", "words"), [(-3, "3일 지났어요"), (0, "까지 답해야"), (5, "까지 답해야")])
def test_the_answer_ahead_knows_its_due_date(make, days, words):
    idea = make.idea()
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    sent_at = clock.now() - timedelta(days=40)
    due_on = clock.today() + timedelta(days=days)
    make.referral(theme, make.ministry(name="환경부"), sent_at=sent_at, due_on=due_on)
    assert words in entry_of(idea, "환경부의 답변").detail


def test_an_unpublished_answer_is_not_on_the_path(make):
    idea = make.idea()
    referral = make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED))
    make.answer(referral, published_at=None)
    assert not [title for title in titles(idea, done=True) if "답변했어요" in title]


def test_a_later_answer_follows_the_first_and_its_promises_count(make):
    idea = make.idea()
    referral = make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED))
    first = make.answer(referral, decision=Decision.DECLINED)
    make.milestone(first, title="옛 약속")
    second = make.answer(referral, version=2, decision=Decision.ACCEPTED)
    make.milestone(second, title="새 약속", percent_done=30)
    done = titles(idea, done=True)
    assert [title.rpartition(" ")[2] for title in done[-2:]] == ["곤란", "수용"]
    assert "고쳐 냈어요" in done[-1]
    assert titles(idea, done=False) == ["약속한 일 ‘새 약속’"]


def test_the_ministrys_line_to_the_idea_itself_is_on_the_path(make):
    referral = make.received(make.referral())
    own, other = [member.idea for member in referral.theme.members]
    lines = {"points": {own.id: "이 제안은 어렵습니다"}, "point_decisions": {own.id: Decision.DECLINED}}
    make.publish(referral, make.officer(referral.lead.ministry), AnswerInput(Decision.PARTLY, "까닭", **lines))
    assert entry_of(own, "따로 답했어요: 수용 곤란").detail == "이 제안은 어렵습니다"
    assert not [title for title in titles(other) if "따로" in title]


def test_nothing_that_the_answer_left_behind_is_still_to_come(make):
    idea = make.idea()
    referral = make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED))
    make.theme(idea.campaign, [idea])  # another draft with the same idea
    assert titles(idea, done=False) == [f"{referral.lead.ministry.name}의 답변", "약속한 일의 진행"]
    make.answer(referral)
    assert titles(idea, done=False) == []


def test_two_themes_that_wait_alike_are_told_once(make):
    idea = make.idea()
    for _ in range(2):
        make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    assert titles(idea, done=False).count("소관부처에 전달") == 1
    assert titles(idea, done=True).count("분석가가 정책 주제로 승인했어요") == 2


def test_a_long_reason_is_shortened(make):
    idea = make.idea()
    make.theme(idea.campaign, [idea], state=ThemeState.REJECTED, decision_reason="까닭 " * 200)
    detail = entry_of(idea, "채택하지 않았어요").detail
    assert len(detail) <= 160
    assert detail.endswith("…")


def test_the_path_costs_the_same_however_long_it_is(make, count_queries):
    short, long = make.idea(), make.idea()
    for idea, times in ((short, 1), (long, 6)):
        for _ in range(times):
            make.vote(idea)
            theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
            make.milestone(make.answer(make.referral(theme)))
    db.session.commit()

    def cost(idea):
        db.session.expire_all()
        found = get_idea(idea.id)
        _ = found.campaign.phases
        return count_queries(lambda: timeline_of(found))

    assert cost(long) == cost(short) <= 15

from __future__ import annotations

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core.extensions import db
from forum.core.korean import short_day
from forum.publication.tracking.journey import answer_to, journey_of
from forum.publication.tracking.queries import thread_of
from forum.response.answers.words import AnswerInput
from forum.response.referrals.models import Decision
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState
from forum.voice.ideas.queries import get_idea
from tests.factories import SCRIPT

ONLY_PROPOSING = (PhaseKind.PROPOSING,)


def thread(idea):
    db.session.flush()
    db.session.expire_all()
    return thread_of(get_idea(idea.id))


def way(idea):
    """Each station's name and state."""
    return [(station.name, station.state) for station in journey_of(thread(idea))]


def test_a_new_idea_waits_for_a_theme_and_the_rest_is_ahead(make):
    assert way(make.idea()) == [
        ("제안", "done"),
        ("정책 주제", "now"),
        ("전달", "ahead"),
        ("답변", "ahead"),
        ("약속", "ahead"),
    ]


def test_stations_fill_up_on_the_way_to_a_promise_kept(make):
    idea = make.idea()
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED, title="지붕 햇빛")
    assert way(idea)[1:3] == [("정책 주제", "done"), ("전달", "now")]
    referral = make.referral(theme)
    assert way(idea)[2:] == [("전달", "done"), ("답변", "now"), ("약속", "ahead")]
    milestone = make.milestone(make.answer(referral))
    assert way(idea)[3:] == [("답변", "done"), ("약속", "now")]
    milestone.percent_done, milestone.is_closed, milestone.finished_on = 100, True, milestone.due_on
    stations = journey_of(thread(idea))
    assert (stations[-1].state, stations[-1].note) == ("done", "1개 가운데 1개 끝남")
    assert stations[1].note == "지붕 햇빛"
    assert stations[3].url == f"/referrals/{referral.id}"


@pytest.mark.parametrize(("state", "words"), [(ThemeState.REJECTED, "되지 않았어요"), (ThemeState.DRAFT, "살펴보고")])
def test_a_theme_that_is_not_approved_says_where_the_idea_stands(make, state, words):
    idea = make.idea()
    make.theme(idea.campaign, [idea], state=state)
    stations = journey_of(thread(idea))
    assert words in stations[1].note
    assert (len(stations) == 2) is (state is ThemeState.REJECTED)


def test_a_draft_theme_keeps_its_name_to_itself(make):
    idea = make.idea()
    make.theme(idea.campaign, [idea], state=ThemeState.DRAFT, title="아직 비밀")
    assert "비밀" not in repr(journey_of(thread(idea)))


def test_the_way_ends_where_the_phase_has_ended(make):
    idea = make.idea(make.campaign(open_phases=ONLY_PROPOSING))
    assert way(idea) == [("제안", "done"), ("정책 주제", "now")]
    assert journey_of(thread(idea))[-1].note == "정책 주제에 들지 않았어요"


def test_an_idea_that_is_not_shown_has_no_stations_unless_it_was_sent(make):
    gone, sent = make.idea(state=IdeaState.WITHDRAWN), make.idea()
    make.referral(make.theme(sent.campaign, [sent], state=ThemeState.APPROVED))
    sent.state = IdeaState.WITHDRAWN
    assert way(gone) == []
    assert ("전달", "done") in way(sent)


def test_without_an_answer_there_is_none_to_begin_with(make):
    idea = make.idea()
    make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED))
    assert answer_to(thread(idea)) is None


def test_the_answer_to_the_idea_itself_goes_before_that_to_its_theme(make):
    referral = make.received(make.referral())
    own, ministry = referral.theme.members[0].idea, referral.lead.ministry
    words = {"points": {own.id: f"이 제안은 어렵습니다 {SCRIPT}"}, "point_decisions": {own.id: Decision.DECLINED}}
    make.publish(referral, make.officer(ministry), AnswerInput(Decision.PARTLY, "나누어 합니다", **words))
    found = answer_to(thread(own))
    assert (found.decision, found.ministry) == (Decision.DECLINED, ministry.name)
    assert found.text.startswith("이 제안은 어렵습니다")
    assert found.url == f"/referrals/{referral.id}"
    assert found.whole.decision is Decision.PARTLY


def test_an_idea_declined_by_itself_ends_there_whatever_its_theme_was_promised(make):
    referral = make.received(make.referral())
    own = referral.theme.members[0].idea
    words = {"points": {own.id: "이 제안은 어려워요."}, "point_decisions": {own.id: Decision.DECLINED}}
    make.milestone(
        make.publish(referral, make.officer(referral.lead.ministry), AnswerInput(Decision.PARTLY, "일부 해요", **words))
    )
    stations = journey_of(thread(own))
    assert [(station.name, station.state) for station in stations][3:] == [("답변", "done")]
    assert stations[3].note == "이 제안은 수용 곤란, 주제 전체로는 일부 수용"


def test_promises_of_the_whole_theme_are_named_so_where_the_idea_got_another_decision(make):
    referral = make.received(make.referral())
    own = referral.theme.members[0].idea
    words = {"points": {own.id: "나중에 살펴봐요."}, "point_decisions": {own.id: Decision.LATER}}
    make.milestone(
        make.publish(referral, make.officer(referral.lead.ministry), AnswerInput(Decision.PARTLY, "일부 해요", **words))
    )
    assert journey_of(thread(own))[-1].note == "주제 전체의 약속 1개 가운데 0개 끝남"


def test_stations_ahead_say_by_when_they_are_planned(make):
    idea = make.idea()
    ends = short_day(next(phase.closes_at for phase in idea.campaign.phases if phase.kind is PhaseKind.ANSWER))
    assert journey_of(thread(idea))[3].note == f"{ends}까지 답해요"

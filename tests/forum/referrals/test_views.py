from __future__ import annotations

from html import unescape

import pytest

from forum.access import Role
from forum.extensions import db
from forum.referrals.models import Answer, PartState
from forum.themes.models import ThemeState
from tests.factories import SCRIPT

ANSWER = {"decision": "ACCEPTED", "reason": "하겠습니다", "seen_version": "0"}


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


@pytest.mark.parametrize("role", list(Role))
def test_the_letter_stays_between_forum_and_ministry_until_the_answer(client, make, role):
    referral = make.referral(letter="아직 공개하지 않는 글")
    if role not in {Role.ANONYMOUS, Role.SYSTEM}:
        client.login(make.account(role))
    page = text(client.get(f"/referrals/{referral.id}"))
    assert ("아직 공개하지 않는 글" in page) is (role in {Role.ANALYST, Role.COUNCIL_MEMBER})
    assert referral.code in page
    make.answer(referral)
    assert "아직 공개하지 않는 글" in text(client.get(f"/referrals/{referral.id}"))


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.SYSTEM}])
def test_strangers_find_no_referral_to_act_on(client, make, role):
    referral = make.referral()
    client.login(make.account(role))
    assert client.post(f"/referrals/{referral.id}/acknowledge").status_code == 404
    assert client.post(f"/referrals/{referral.id}/answer", data=ANSWER).status_code == 404
    milestone = make.milestone(make.answer(make.referral()))
    assert client.post(f"/milestones/{milestone.id}", data={"percent_done": "50"}).status_code == 404
    assert client.get("/ministry").status_code == (200 if role is Role.MINISTRY_OFFICER else 403)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.SYSTEM, Role.ANALYST}])
def test_only_analysts_see_the_form_that_forwards(client, make, role):
    theme = make.theme(state=ThemeState.APPROVED)
    client.login(make.account(role))
    assert client.get(f"/themes/{theme.id}/forward").status_code == 403
    assert client.post(f"/themes/{theme.id}/forward", data={}).status_code == 403


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"letter": "정성껏 쓴 글"}, "부처를 골라"),
        ({"lead": "NONE", "letter": "정성껏 쓴 글"}, "부처를 골라"),
        ({"lead": "TEST", "co": ["NONE"], "letter": "정성껏 쓴 글"}, "목록에 있는 부처"),
        ({"lead": "TEST", "due_on": "2020-01-01", "letter": "정성껏 쓴 글"}, "오늘보다 앞설 수 없습니다"),
        ({"lead": "TEST", "due_on": "내일", "letter": "정성껏 쓴 글"}, "정성껏 쓴 글"),
        ({"lead": "TEST", "letter": "정성껏 쓴 글" + "가" * 5000}, "5,000자까지"),
    ],
)
def test_a_bad_letter_comes_back_as_it_was_typed(client, make, data, words):
    make.ministry(code="TEST")
    theme = make.theme(state=ThemeState.APPROVED)
    response = client.login(make.analyst()).post(f"/themes/{theme.id}/forward", data=data)
    assert response.status_code == 400
    assert words in text(response)
    assert "정성껏 쓴 글" in text(response)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": "  "}, "까닭을 입력해 주세요"),
        ({"decision": ""}, "결정을 하나"),
        ({"decision": "MAYBE"}, "결정을 하나"),
        ({"milestones-0-title": "할 일만"}, "할 일과 기한을 함께"),
        ({"milestones-0-due_on": "2099-01-01"}, "할 일과 기한을 함께"),
        ({"milestones-0-title": "지난 일", "milestones-0-due_on": "2020-01-01"}, "이미 지났습니다"),
    ],
)
def test_a_bad_answer_comes_back_and_nothing_is_published(client, make, changes, words):
    referral = make.referral()
    client.login(make.officer(referral.lead.ministry))
    client.post(f"/referrals/{referral.id}/acknowledge")
    response = client.post(f"/referrals/{referral.id}/answer", data=ANSWER | {"reason": "정성껏 쓴 까닭"} | changes)
    assert response.status_code == 400
    assert words in text(response)
    assert "reason" in changes or "정성껏 쓴 까닭" in text(response)
    assert db.session.query(Answer).count() == 0


def test_of_two_officers_the_second_is_told_and_keeps_the_text(client, new_client, make):
    referral = make.referral()
    ministry = referral.lead.ministry
    first, second = client.login(make.officer(ministry)), new_client().login(make.officer(ministry))
    first.post(f"/referrals/{referral.id}/acknowledge")
    assert first.post(f"/referrals/{referral.id}/answer", data=ANSWER).status_code == 303
    response = second.post(f"/referrals/{referral.id}/answer", data=ANSWER | {"reason": "둘째가 쓴 까닭"})
    assert response.status_code == 409
    assert "다른 담당자가 먼저" in text(response)
    assert "둘째가 쓴 까닭" in text(response)


def test_the_ministrys_desk_shows_its_own_referrals_alone(client, make):
    own, other = make.referral(), make.referral()
    page = text(client.login(make.officer(own.lead.ministry)).get("/ministry"))
    assert own.theme.title in page
    assert other.theme.title not in page


def test_the_board_shows_every_clock_and_what_is_overdue(client, make):
    from datetime import timedelta

    from forum import clock

    campaign = make.campaign()
    late = clock.now() - timedelta(days=40)
    make.referral(make.theme(campaign, state=ThemeState.APPROVED), sent_at=late)
    make.referral(make.theme(campaign, state=ThemeState.APPROVED))
    answered = make.answer(make.referral(make.theme(campaign, state=ThemeState.APPROVED)))
    page = text(client.get(f"/c/{campaign.slug}/referrals"))
    assert "기한 10일 지남" in page
    assert "기한까지 30일" in page
    assert answered.decision.label in page


def test_hostile_answers_are_text(client, make):
    referral = make.answer().referral
    assert SCRIPT not in client.get(f"/referrals/{referral.id}").get_data(as_text=True)


@pytest.mark.parametrize("percent", ["", "x", "-1", "101", "1e2", "５０"])
def test_a_percent_that_is_none_changes_nothing(client, make, percent):
    answer = make.answer()
    milestone = make.milestone(answer)
    response = client.login(answer.author).post(f"/milestones/{milestone.id}", data={"percent_done": percent})
    db.session.refresh(milestone)
    assert (response.status_code, milestone.percent_done) == (400, 0)


def test_an_acknowledgement_twice_is_told(client, make):
    referral = make.referral()
    client.login(make.officer(referral.lead.ministry))
    first, second = (client.post(f"/referrals/{referral.id}/acknowledge") for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 409)
    db.session.expire_all()
    assert referral.lead.state is PartState.ACKNOWLEDGED

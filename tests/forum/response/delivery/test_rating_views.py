"""The page “됐나요?” as a supporter, a stranger, a visitor and the ministry read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.extensions import db
from forum.response.answers.words import AnswerInput, MilestoneInput
from forum.response.delivery.models import MilestoneRating
from forum.response.delivery.services import update_milestone
from forum.response.referrals.models import Decision
from tests.factories import SCRIPT


@pytest.fixture
def asked(make):
    round_ = make.rating_round(opened_at=clock.now() - timedelta(hours=1))
    voter = make.citizen()
    with clock.at(clock.now() - timedelta(hours=2)):
        make.vote(round_.milestone.answer.referral.theme.members[0].idea, voter)
    for _ in range(4):
        make.rating(round_)
    db.session.commit()
    return round_, voter


def said(round_, **values):
    sent = {"round_id": round_.id, "seen_revision": 0, "happened": "NO", "helps": "1", "comment": "그대로예요."}
    return {name: str(value) for name, value in (sent | values).items()}


def test_a_supporter_rates_and_the_page_shows_both_sides(client, new_client, make, asked):
    round_, voter = asked
    path = f"/milestones/{round_.milestone_id}/rating"
    letter = f"/referrals/{round_.milestone.answer.referral_id}"
    assert "아직 5명이 안 돼서 보여 주지 않아요" in client.get(path).text
    assert "아직 두 곳뿐이에요" not in client.get(path).text
    client.login(voter)
    wrong = client.post(path, data=said(round_, helps="", happened="", comment="900101-1234568"))
    assert (wrong.status_code, wrong.text.count("골라 주세요")) == (400, 4)
    sent = client.post(path, data=said(round_, idempotency_key="a" * 32))
    again = client.post(path, data=said(round_, idempotency_key="a" * 32))
    assert (sent.status_code, again.status_code, db.session.query(MilestoneRating).count()) == (303, 303, 5)
    page = client.get(path).text
    assert ("차이가 커요" in page, "5명이 평가했고" in page, "덧붙인 말 5개" in page) == (True, True, True)
    assert (SCRIPT in page, voter.display_name in page.partition("comments-title")[2]) == (False, False)
    other_tab = client.post(path, data=said(round_, helps="9", comment="다른 화면에서 쓴 글"))
    assert other_tab.status_code == 409
    assert ("다른 화면에서 쓴 글" in other_tab.text, "지금 낸 평가" in other_tab.text) == (True, True)
    visitor = new_client()
    for public in (letter, f"/themes/{round_.milestone.answer.referral.theme_id}", path):
        assert "차이가 커요" in visitor.get(public).text
    ministry = round_.milestone.answer.referral.lead.ministry
    assert "사람들 2.6점" in visitor.get(f"/ministries/{ministry.code}").text
    board = visitor.get(f"/c/{round_.milestone.answer.referral.theme.campaign.slug}/referrals")
    assert "사람들 2.6점" in board.text
    officer = new_client().login(round_.milestone.answer.author)
    assert "참여한 사람들은 이렇게 봐요" in officer.get(f"/milestones/{round_.milestone_id}").text


def test_others_read_why_they_may_not_and_an_ended_round_loses_nothing_typed(client, make, asked):
    round_, voter = asked
    milestone = round_.milestone
    path = f"/milestones/{milestone.id}/rating"
    client.login(make.citizen())
    assert "투표한 사람이 평가해요" in client.get(path).text
    assert client.post(path, data=said(round_)).status_code == 403
    client.login(voter)
    update_milestone(milestone, milestone.answer.author, 60, "더 해야 해요.", seen_percent=100)
    db.session.commit()
    late = client.post(path, data=said(round_, comment="늦게 보낸 글"))
    assert (late.status_code, "늦게 보낸 글" in late.text, "평가를 멈췄어요" in late.text) == (409, True, True)


def test_the_address_in_a_notice_leads_to_the_step_that_a_new_answer_carried_over(client, make, asked):
    round_, voter = asked
    old, answer = round_.milestone, round_.milestone.answer
    old_path = f"/milestones/{old.id}/rating"
    steps = (MilestoneInput(old.title, old.due_on),)
    draft = AnswerInput(Decision.ACCEPTED, "덧붙여 답합니다", milestones=steps)
    make.publish(answer.referral, answer.author, draft, seen_version=1)
    db.session.commit()
    client.login(voter)
    moved = client.get(old_path)
    assert (moved.status_code, moved.location != old_path) == (302, True)
    sent = client.post(old_path, data=said(round_))
    assert (sent.status_code, sent.location) == (303, moved.location)

from __future__ import annotations

from datetime import date
from html import unescape

import pytest

from forum.core.extensions import db
from forum.response.answers.services import save_draft, submit_draft
from forum.response.answers.words import AnswerInput
from forum.response.referrals.desk import DeskStep, step_of
from forum.response.referrals.models import AssignmentState, Decision


@pytest.mark.parametrize(
    ("state", "is_lead", "is_submitted", "may_approve", "step"),
    [
        (AssignmentState.SENT, True, False, False, DeskStep.RECEIVE),
        (AssignmentState.SENT, False, False, False, DeskStep.RECEIVE),
        (AssignmentState.ACKNOWLEDGED, True, False, False, DeskStep.ANSWER),
        (AssignmentState.REVIEWING, True, False, True, DeskStep.WRITING),
        (AssignmentState.REVIEWING, True, True, True, DeskStep.APPROVE),
        (AssignmentState.REVIEWING, True, True, False, DeskStep.SUBMITTED),
        (AssignmentState.REVIEWING, False, True, True, DeskStep.OPINION),
        (AssignmentState.CORRECTION, True, False, False, DeskStep.CORRECTION),
        (AssignmentState.REEXAMINING, True, False, False, DeskStep.ANSWER),
        (AssignmentState.DELIVERING, True, False, False, DeskStep.DELIVER),
        (AssignmentState.COMPLETED, True, False, False, DeskStep.DONE),
        (AssignmentState.TRANSFERRED, False, False, False, DeskStep.DONE),
    ],
)
def test_each_state_has_one_step_that_comes_next(state, is_lead, is_submitted, may_approve, step):
    assert step_of(state, is_lead, is_submitted, may_approve) is step


def test_a_submitted_draft_waits_for_its_approver_and_not_for_who_wrote_it(client, new_client, make):
    referral = make.received(make.referral())
    writer = make.officer(referral.lead.ministry)
    approver = make.approver(referral.lead.ministry)
    answer = save_draft(referral, writer, AnswerInput(Decision.ACCEPTED, "하겠습니다"))
    submit_draft(answer, writer, answer.revision)
    desks = client.login(writer), new_client().login(approver)
    pages = [unescape(desk.get("/ministry").text) for desk in desks]
    assert ["결재하기" in page for page in pages] == [False, True]
    assert ["step=submitted" in page for page in pages] == [True, False]
    assert "기다리는 것이 없어요" in unescape(client.get("/ministry?step=receive").text)


def test_a_promise_shows_its_own_date_and_not_that_of_the_answer(client, make):
    answer = make.answer()
    make.milestone(answer, title="먼저 할 일", due_on=date(2099, 3, 31))
    db.session.refresh(answer)
    page = unescape(client.login(answer.author).get("/ministry").text)
    assert "다음 약속 ‘먼저 할 일’" in page
    assert "2099년 3월 31일까지" in page
    assert "답변 기한 2" not in page


def test_acknowledging_says_what_comes_next_and_by_when(client, make):
    referral = make.referral()
    client.login(make.officer(referral.lead.ministry))
    client.post(f"/referrals/{referral.id}/acknowledge")
    page = unescape(client.get(f"/referrals/{referral.id}").text)
    assert "접수했어요. 이제 아래 편지를 읽고" in page
    assert page.index("전달한 편지") < page.index("답변을 기다려요")

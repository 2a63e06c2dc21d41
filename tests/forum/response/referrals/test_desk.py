from __future__ import annotations

from html import unescape

import pytest

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

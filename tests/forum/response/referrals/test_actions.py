"""The actions that a referral's page offers, by state and by reader."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.response.answers.words import AnswerInput, MilestoneInput
from forum.response.delivery.services import update_milestone
from forum.response.referrals.actions import OFFICER_ACTIONS, available_actions, has_tasks
from forum.response.referrals.models import AssignmentState, Decision
from forum.response.referrals.states import acts_from


def in_state(assignment, state, *, is_lead=True):
    """Return the assignment in this state; nothing is written."""
    db.session.flush()
    db.session.autoflush = False  # a constraint wants the time of acknowledgement
    assignment.state, assignment.is_lead = AssignmentState[state], is_lead
    return assignment


@pytest.fixture(autouse=True)
def flush_again(app):
    yield
    db.session.autoflush = True


FOR_LEAD = {
    "SENT": {"acknowledge"},
    "ACKNOWLEDGED": {"start_review", "answer", "ask_correction", "transfer", "interim"},
    "CORRECTION": {"interim"},
    "REVIEWING": {"answer", "interim"},
    "ANSWERED": {"answer", "report_progress"},
    "REEXAMINING": {"answer", "interim"},
    "DELIVERING": {"answer", "report_progress"},
    "COMPLETED": set(),
}
FOR_HELPER = {
    "SENT": {"acknowledge"},
    "ACKNOWLEDGED": {"start_review", "give_opinion", "ask_correction", "transfer", "interim"},
    "CORRECTION": {"interim"},
    "TRANSFERRED": set(),
    "REVIEWING": {"give_opinion", "interim"},
    "ANSWERED": set(),
}


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The rules do not depend on the database."""
    return str(request.param)


@pytest.mark.parametrize("state", FOR_LEAD)
def test_what_the_leading_ministry_may_do(make, state):
    lead = make.referral().lead
    officer = make.officer(lead.ministry)
    assert available_actions(in_state(lead, state), officer) == FOR_LEAD[state]
    assert has_tasks(lead)


@pytest.mark.parametrize("state", FOR_HELPER)
def test_what_a_co_operating_ministry_may_do(make, state):
    assignment = make.referral().lead
    officer = make.officer(assignment.ministry)
    assert available_actions(in_state(assignment, state, is_lead=False), officer) == FOR_HELPER[state]
    assert has_tasks(assignment) is (state != "TRANSFERRED")


@pytest.mark.parametrize("role", list(Role), ids=lambda it: it.name)
@pytest.mark.parametrize("state", FOR_LEAD)
def test_others_are_offered_nothing_but_the_analysts_correction(make, role, state):
    lead, other = make.referral().lead, make.actor(role)
    gives = role is Role.ANALYST and state == "CORRECTION"
    assert available_actions(in_state(lead, state), other) == ({"give_correction"} if gives else set())


def test_delivery_is_completed_when_all_that_was_promised_is_done(make):
    referral = make.received(make.referral())
    officer = make.officer(referral.lead.ministry)
    step = MilestoneInput("일", clock.today() + timedelta(days=30))
    answer = make.publish(referral, officer, AnswerInput(Decision.PARTLY, "일부", milestones=[step]))
    update_milestone(
        answer.milestones[0], officer, 50, "회의를 열었습니다", seen_percent=answer.milestones[0].percent_done
    )
    assert "complete" not in available_actions(referral.lead, officer)
    update_milestone(
        answer.milestones[0], officer, 100, "회의를 열었습니다", seen_percent=answer.milestones[0].percent_done
    )
    assert "complete" in available_actions(referral.lead, officer)


@pytest.mark.parametrize("decision", list(Decision), ids=lambda it: it.name)
def test_authors_may_ask_again_once_unless_all_was_accepted(make, decision):
    lead = make.answer(decision=decision).referral.lead
    author, stranger = make.citizen(), make.citizen()
    offered = available_actions(lead, author, {author.participant_id})
    assert offered == (set() if decision is Decision.ACCEPTED else {"ask_reexamination"})
    assert available_actions(lead, stranger, {author.participant_id}) == set()
    assert available_actions(in_state(lead, "REEXAMINING"), author, {author.participant_id}) == set()


@pytest.mark.parametrize("state", FOR_LEAD)
def test_every_action_of_an_officer_follows_the_table_of_states(make, state):
    lead = make.referral().lead
    officer = make.officer(lead.ministry)
    offered = available_actions(in_state(lead, state), officer)
    assert {act for act, action in OFFICER_ACTIONS.items() if action in offered} <= acts_from(lead.state)

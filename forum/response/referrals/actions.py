"""The actions that a referral's page offers to its reader.

The table of states says what may follow, `permissions` says who may do it. This module joins the two, so that the
template only asks whether an action is in the set. The services check again when the action is done.
"""

from __future__ import annotations

import enum
from collections.abc import Collection

from forum.core.access import Actor
from forum.response.referrals.models import EventType, MinistryAssignment
from forum.response.referrals.permissions import (
    can_answer,
    can_ask_reexamination,
    can_give_correction,
    is_own_assignment,
    is_own_referral,
)
from forum.response.referrals.states import acts_from, may_be_answered, may_give_interim, may_give_opinion


class Action(enum.StrEnum):
    """An action with a button or link on the page."""

    ACKNOWLEDGE = "acknowledge"
    START_REVIEW = "start_review"
    ANSWER = "answer"
    GIVE_OPINION = "give_opinion"
    INTERIM = "interim"
    ASK_CORRECTION = "ask_correction"
    GIVE_CORRECTION = "give_correction"
    TRANSFER = "transfer"
    REPORT_PROGRESS = "report_progress"
    COMPLETE = "complete"
    ASK_REEXAMINATION = "ask_reexamination"


OFFICER_ACTIONS = {
    EventType.RECEIVED: Action.ACKNOWLEDGE,
    EventType.REVIEW_STARTED: Action.START_REVIEW,
    EventType.CORRECTION_ASKED: Action.ASK_CORRECTION,
    EventType.TRANSFERRED: Action.TRANSFER,
}
"""Actions that an officer may take whenever the table of states allows the event."""


def available_actions(assignment: MinistryAssignment, actor: Actor, authors: Collection[int] = ()) -> frozenset[Action]:
    """Return the actions that the page offers to `actor` for this assignment.

    :param authors: participant ids of those who wrote the letter's ideas
    """
    found = set()
    if is_own_assignment(actor, assignment):
        found |= _for_officer(assignment)
    if assignment.is_lead:
        found |= _for_lead(assignment, actor, authors)
    if EventType.CORRECTION_GIVEN in acts_from(assignment.state) and can_give_correction(actor):
        found.add(Action.GIVE_CORRECTION)
    return frozenset(found)


def has_tasks(assignment: MinistryAssignment) -> bool:
    """Return whether the page shows the ministry's own officers a panel of tasks."""
    return assignment.is_lead or bool(acts_from(assignment.state))


def _for_officer(assignment: MinistryAssignment) -> set[Action]:
    """Return the actions of the assignment's own ministry."""
    acts, answer = acts_from(assignment.state), assignment.referral.published_answer
    found = {action for act, action in OFFICER_ACTIONS.items() if act in acts}
    if assignment.is_lead and may_be_answered(assignment.state):
        found.add(Action.ANSWER)
    if not assignment.is_lead and may_give_opinion(assignment.state):
        found.add(Action.GIVE_OPINION)
    if may_give_interim(assignment.state):
        found.add(Action.INTERIM)
    if EventType.COMPLETED in acts and answer is not None and answer.percent_done == 100:
        found.add(Action.COMPLETE)
    return found


def _for_lead(assignment: MinistryAssignment, actor: Actor, authors: Collection[int]) -> set[Action]:
    """Return the actions on the published answer, which belongs to the leading ministry."""
    acts, referral = acts_from(assignment.state), assignment.referral
    found = set()
    if acts & {EventType.DELIVERY_STARTED, EventType.PROGRESS_REPORTED} and can_answer(actor, referral):
        found.add(Action.REPORT_PROGRESS)
    may_ask = can_ask_reexamination(actor, authors) and not is_own_referral(actor, referral)
    if may_ask and EventType.REEXAMINATION_ASKED in acts and _may_be_reexamined(assignment):
        found.add(Action.ASK_REEXAMINATION)
    return found


def _may_be_reexamined(lead: MinistryAssignment) -> bool:
    """Return whether the ministry answered with less than full acceptance and was not asked to reconsider before."""
    answer, is_first_period = lead.referral.published_answer, len(lead.clocks) == 1
    return is_first_period and answer is not None and answer.may_be_reexamined

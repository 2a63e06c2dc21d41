from __future__ import annotations

from collections.abc import Collection

from forum.core.access import Actor, Role
from forum.response.referrals.models import MinistryAssignment, Referral


def can_forward(actor: Actor) -> bool:
    return actor.role is Role.ANALYST


def can_give_correction(actor: Actor) -> bool:
    """Analysts answer a ministry's request for a correction, on behalf of the citizens."""
    return actor.role is Role.ANALYST


def is_own_assignment(actor: Actor, assignment: MinistryAssignment) -> bool:
    """Return whether the assignment is that of the officer's own ministry."""
    return actor.role is Role.MINISTRY_OFFICER and assignment.ministry_id == actor.ministry_id


def is_own_referral(actor: Actor, referral: Referral) -> bool:
    return any(is_own_assignment(actor, assignment) for assignment in referral.assignments)


def can_answer(actor: Actor, referral: Referral) -> bool:
    """Only officers of the leading ministry write the answer."""
    return is_own_assignment(actor, referral.lead)


def can_approve(actor: Actor, referral: Referral) -> bool:
    """Officers of the leading ministry with the right to approve; not what they wrote, see `can_approve_draft`."""
    return can_answer(actor, referral) and actor.can_approve_answers


def can_read_letter(actor: Actor, referral: Referral) -> bool:
    """Before the answer is public, only the forum's staff and the ministries addressed read the letter."""
    return referral.published_answer is not None or can_read_quoted_words(actor, referral)


def can_read_quoted_words(actor: Actor, referral: Referral) -> bool:
    """The text of an idea withdrawn after the letter was sent stays readable for those whom the letter addresses."""
    return actor.role in {Role.ANALYST, Role.COUNCIL_MEMBER} or is_own_referral(actor, referral)


def can_ask_reexamination(actor: Actor, authors: Collection[int]) -> bool:
    """Authors of the letter's ideas, and analysts on behalf of all citizens.

    :param authors: participant ids of those authors
    """
    return actor.role is Role.ANALYST or (actor.participant_id is not None and actor.participant_id in authors)


def can_use_ministry_desk(actor: Actor) -> bool:
    return actor.role is Role.MINISTRY_OFFICER and actor.ministry_id is not None

from __future__ import annotations

from collections.abc import Collection

from forum.core.access import Actor, Role
from forum.response.referrals.models import MinistryAssignment, Referral


def can_forward(actor: Actor) -> bool:
    return actor.role is Role.ANALYST


def can_give_correction(actor: Actor) -> bool:
    """The analysts speak for the citizens' side when a ministry asks for more."""
    return actor.role is Role.ANALYST


def is_own_assignment(actor: Actor, assignment: MinistryAssignment) -> bool:
    """Is this the part of the officer's own ministry, and still theirs?"""
    return actor.role is Role.MINISTRY_OFFICER and assignment.ministry_id == actor.ministry_id


def is_own_referral(actor: Actor, referral: Referral) -> bool:
    return any(is_own_assignment(actor, assignment) for assignment in referral.assignments)


def can_answer(actor: Actor, referral: Referral) -> bool:
    """Only an officer of the leading ministry writes the answer."""
    return is_own_assignment(actor, referral.lead)


def can_approve(actor: Actor, referral: Referral) -> bool:
    """An officer of the leading ministry whom an admin gave the right. That it is another than the author is the
    service's question."""
    return can_answer(actor, referral) and actor.can_approve_answers


def can_read_letter(actor: Actor, referral: Referral) -> bool:
    """The letter is between the forum and the ministry until the answer is public."""
    return referral.published_answer is not None or can_read_quoted_words(actor, referral)


def can_read_quoted_words(actor: Actor, referral: Referral) -> bool:
    """The words of an idea that was withdrawn after the letter went out stay with those it was written to."""
    return actor.role in {Role.ANALYST, Role.COUNCIL_MEMBER} or is_own_referral(actor, referral)


def can_ask_reexamination(actor: Actor, authors: Collection[int]) -> bool:
    """The citizens' side: authors of the letter's ideas, and the analysts who speak for all.

    :param authors: participant ids of those authors
    """
    return actor.role is Role.ANALYST or (actor.participant_id is not None and actor.participant_id in authors)


def can_use_ministry_desk(actor: Actor) -> bool:
    return actor.role is Role.MINISTRY_OFFICER and actor.ministry_id is not None

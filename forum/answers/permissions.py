from __future__ import annotations

from collections.abc import Collection

from forum.access import Actor, Role
from forum.referrals.models import Answer, Referral
from forum.referrals.permissions import can_answer, can_approve


def can_read_draft(actor: Actor, referral: Referral) -> bool:
    """A draft is for the officers of the ministry that writes it."""
    return can_answer(actor, referral)


def can_approve_draft(actor: Actor, answer: Answer) -> bool:
    """An approver of the ministry, and never of one's own words."""
    return can_approve(actor, answer.referral) and actor.id != answer.author_id


def can_ask_reexamination(actor: Actor, authors: Collection[int]) -> bool:
    """The citizens' side: authors of the letter's ideas, and the analysts who speak for all.

    :param authors: participant ids of those authors
    """
    return actor.role is Role.ANALYST or (actor.participant_id is not None and actor.participant_id in authors)

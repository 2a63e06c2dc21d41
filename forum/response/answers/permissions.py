from __future__ import annotations

from collections.abc import Collection

from forum.core.access import Actor
from forum.response.referrals.models import Answer
from forum.response.referrals.permissions import can_approve


def can_approve_draft(actor: Actor, answer: Answer, writers: Collection[int]) -> bool:
    """Approvers of the leading ministry, except everybody who wrote a revision of the draft.

    :param writers: their account ids
    """
    return can_approve(actor, answer.referral) and actor.id not in writers


def loses_approval(actor: Actor, writers: Collection[int]) -> bool:
    """Return whether somebody who may approve the next answer no longer may once they save a draft of it."""
    return actor.can_approve_answers and actor.id not in writers

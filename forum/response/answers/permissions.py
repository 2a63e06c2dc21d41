from __future__ import annotations

from forum.core.access import Actor
from forum.response.referrals.models import Answer
from forum.response.referrals.permissions import can_approve


def can_approve_draft(actor: Actor, answer: Answer) -> bool:
    """Approvers of the leading ministry, except the author."""
    return can_approve(actor, answer.referral) and actor.id != answer.author_id

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.response.referrals.models import Answer
from forum.response.referrals.permissions import can_answer


def can_check(actor: Actor) -> bool:
    """Read the list of checks, end one, and take an outcome back."""
    return actor.role is Role.ANALYST


def can_see_answer_photo(actor: Actor, answer: Answer) -> bool:
    """As the answer itself: everybody once it is published, the leading ministry's officers before."""
    return answer.published_at is not None or can_answer(actor, answer.referral)

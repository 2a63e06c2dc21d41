from __future__ import annotations

from forum.access import Actor, Role
from forum.referrals.models import Referral, ReferralPart


def can_forward(actor: Actor) -> bool:
    return actor.role is Role.ANALYST


def is_own_part(actor: Actor, part: ReferralPart) -> bool:
    """Is this the part of the officer's own ministry?"""
    return actor.role is Role.MINISTRY_OFFICER and part.ministry_id == actor.ministry_id


def is_own_referral(actor: Actor, referral: Referral) -> bool:
    return any(is_own_part(actor, part) for part in referral.parts)


def can_answer(actor: Actor, referral: Referral) -> bool:
    """Only an officer of the leading ministry answers."""
    return is_own_part(actor, referral.lead)


def can_read_letter(actor: Actor, referral: Referral) -> bool:
    """The letter is between the forum and the ministry until the answer is public."""
    if referral.published_answer is not None:
        return True
    return actor.role in {Role.ANALYST, Role.COUNCIL_MEMBER} or is_own_referral(actor, referral)


def can_use_ministry_desk(actor: Actor) -> bool:
    return actor.role is Role.MINISTRY_OFFICER and actor.ministry_id is not None

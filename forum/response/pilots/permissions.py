from __future__ import annotations

from forum.core.access import Actor, Role
from forum.response.pilots.models import Pilot, PilotDecision
from forum.response.referrals.models import Referral


def can_plan(actor: Actor, referral: Referral) -> bool:
    """Officers of the leading office plan the pilot that their answer promised."""
    return actor.role is Role.MINISTRY_OFFICER and referral.lead.ministry_id == actor.ministry_id


def can_run(actor: Actor, pilot: Pilot) -> bool:
    """Officers of the office that runs the pilot: plan, measure and report."""
    return actor.role is Role.MINISTRY_OFFICER and pilot.ministry_id == actor.ministry_id


def can_decide(actor: Actor, pilot: Pilot) -> bool:
    """Those of them who may approve answers."""
    return can_run(actor, pilot) and actor.can_approve_answers


def can_take_over(actor: Actor, pilot: Pilot) -> bool:
    """Officers of every other office, once its own has decided to spread it."""
    return (
        actor.role is Role.MINISTRY_OFFICER
        and actor.ministry_id is not None
        and actor.ministry_id != pilot.ministry_id
        and pilot.decision is PilotDecision.SPREAD
    )

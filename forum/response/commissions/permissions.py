from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _l
from forum.response.referrals.models import Referral
from forum.response.referrals.permissions import can_forward, is_own_assignment

ANALYSTS_ONLY = _l("분석가만 대표과제를 소관부처에 보낼 수 있어요.")
LEAD_ONLY = _l("대표과제를 맡은 주관 부처의 담당자만 분기 보고를 쓸 수 있어요.")


def can_send_task(actor: Actor) -> bool:
    """Analysts send chosen tasks, as they send themes."""
    return can_forward(actor)


def can_report(actor: Actor, referral: Referral) -> bool:
    """Officers of the ministry that leads now; where a letter was transferred, the other one's."""
    return is_own_assignment(actor, referral.lead)

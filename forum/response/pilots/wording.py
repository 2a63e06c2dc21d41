"""What a certificate says while an office only tries first."""

from __future__ import annotations

from forum.core.i18n import _
from forum.response.certificates.wording import Wording
from forum.response.pilots.queries import letter_promises_pilot
from forum.response.referrals.models import Decision


def certificate_words(referral_id: int, decision: Decision, title: str) -> Wording | None:
    """Return what a certificate says when the office only tries first; None for other answers."""
    if decision is not Decision.PARTLY or not letter_promises_pilot(referral_id):
        return None
    return Wording(
        _("먼저 해 보기로 한 제안"),
        _("맡은 기관이 이 제안을 먼저 작게 해 보기로 했습니다."),
        _("맡은 기관이 내 제안 ‘%(title)s’{을} 먼저 작게 해 보기로 했어요. 증서를 받아 보세요.", title=title),
    )

"""What a certificate says when an office has mended something."""

from __future__ import annotations

from forum.core.i18n import _
from forum.response.certificates.wording import Wording
from forum.response.referrals.models import Decision
from forum.response.shortpath.models import ShortAnswerKind
from forum.response.shortpath.queries import current_kind


def certificate_words(referral_id: int, decision: Decision, title: str) -> Wording | None:
    """Return what a certificate says when the office says that it is fixed; None for other answers."""
    if decision is not Decision.ACCEPTED or current_kind(referral_id) is not ShortAnswerKind.FIXED_NOW:
        return None
    return Wording(
        _("고쳐진 제안"),
        _("맡은 기관이 이 제안을 받아들여 고쳤다고 답했습니다."),
        _("맡은 기관이 내 제안 ‘%(title)s’{을} 받아들여 고쳤다고 답했어요. 증서를 받아 보세요.", title=title),
    )

"""What a certificate says happened, where a slice above knows it more exactly than the decision alone.

일부 수용 may mean that an office tries something first, and 수용 that a stair was mended. Then a certificate must not
say that it became policy. A slice that knows such letters registers a finder in its `setup.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forum.core.i18n import _
from forum.response.referrals.models import Decision


@dataclass(frozen=True)
class Wording:
    """What a certificate says.

    heading : of the page and of the PDF
    outcome : one sentence, in the formal tone of the certificate
    told : what the author hears when it is issued
    """

    heading: str
    outcome: str
    told: str


Finder = Callable[[int, Decision, str], Wording | None]
"""Gets the id of a letter whose present answer accepts an idea, how, and the idea's title."""

_FINDERS: list[Finder] = []


def register_wording(find: Finder) -> None:
    """Register a finder. Registering it again changes nothing, since tests make many applications."""
    if find not in _FINDERS:
        _FINDERS.append(find)


def wording_of(referral_id: int, decision: Decision, title: str) -> Wording:
    """Return what a certificate of this decision says for an idea of this letter."""
    found = (find(referral_id, decision, title) for find in _FINDERS)
    return next((one for one in found if one is not None), None) or plain_wording(decision, title)


def plain_wording(decision: Decision, title: str) -> Wording:
    """Return what it says where no slice knows more: in campaigns without short answers."""
    if decision is not Decision.PARTLY:
        return Wording(
            _("정책이 된 제안"),
            _("이 제안이 정책이 되었습니다."),
            _("내 제안 ‘%(title)s’{이} 정책이 되었어요. 증서를 받아 보세요.", title=title),
        )
    return Wording(
        _("일부가 정책에 반영된 제안"),
        _("이 제안의 일부가 정책에 반영되었습니다."),
        _("내 제안 ‘%(title)s’의 일부가 정책에 반영되었어요. 증서를 받아 보세요.", title=title),
    )

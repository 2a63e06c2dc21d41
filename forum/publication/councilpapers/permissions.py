from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _l
from forum.deliberation.council.permissions import can_run_council

SECRETARIAT_ONLY = _l("회의 자료는 협의회 일을 맡은 분석가와 관리자만 만들 수 있어요.")


def can_make_paper(actor: Actor) -> bool:
    """Have the papers of a meeting made, or made again: the secretariat."""
    return can_run_council(actor)

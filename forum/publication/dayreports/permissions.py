from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.deliberation.joint.models import JointSession
from forum.deliberation.joint.permissions import is_host

BUILDERS_ONLY = _l("이 연결 모임의 진행자, 분석가, 관리자만 그날 보고서를 다시 만들 수 있어요.")


def can_build_report(actor: Actor, session: JointSession) -> bool:
    """Ask for a session's report again: its host, analysts and admins, and commands."""
    return is_host(actor, session) or actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}

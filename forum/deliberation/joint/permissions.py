from __future__ import annotations

from forum.core.access import Actor, CodeHolder, Role
from forum.core.i18n import _l
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.permissions import can_be_organiser, can_manage, can_open_gathering
from forum.deliberation.joint.models import JointGrant, JointSession
from forum.people.accounts.permissions import explain

HOST_HANDS_OVER = _l("연결 모임의 진행자만 넘길 수 있어요. 그 진행자가 떠났으면 관리자가 넘겨요.")
HOST_ONLY = _l("이 연결 모임의 진행자만 할 수 있어요.")


def can_open_session(actor: Actor) -> bool:
    """Open a joint session: facilitators who may take part."""
    return can_open_gathering(actor)


def why_not_open(actor: Actor) -> str:
    """Return why the actor may not open a session, as a sentence; empty if they may."""
    return explain(
        actor,
        {Role.FACILITATOR},
        for_visitors=_l("진행자로 로그인하면 연결 모임을 열 수 있어요."),
        for_other_roles=_l("연결 모임은 진행자가 열어요. ‘%(role)s’ 계정으로는 열지 않아요."),
    )


def is_host(actor: Actor, session: JointSession) -> bool:
    """The facilitator who opened it, or to whom it was handed over. A role that was taken away ends it."""
    return can_open_gathering(actor) and session.host_id == actor.id


def can_host(actor: Actor, session: JointSession, grant: JointGrant | None = None) -> bool:
    """Start, move the steps and finish: the host, an admin, and the device that took over by the recovery code.

    :param grant: of the request's device (`grants.grant_of_request`), if it has one
    """
    return _hosts_by_code(session, grant) or is_host(actor, session) or actor.role is Role.ADMIN


def can_change_session(actor: Actor, session: JointSession) -> bool:
    """Edit, choose rooms, cancel, print codes: the host and admins, never a device with a code."""
    return can_host(actor, session)


def can_hand_over_session(actor: Actor, session: JointSession) -> bool:
    """Make another facilitator the host: the host; an admin for one who left or lost the role."""
    is_gone = not can_be_organiser(session.host)
    return is_host(actor, session) or (actor.role is Role.ADMIN and is_gone)


def can_open_online_room(actor: Actor, session: JointSession) -> bool:
    """Open the room of the single people online: the host, whose gathering it is."""
    return is_host(actor, session)


def can_add_room(actor: Actor, session: JointSession, gathering: Gathering) -> bool:
    """Let a gathering take part, or take it out: who manages it, and the session's host."""
    return can_change_session(actor, session) or can_manage(actor, gathering)


def acting(actor: Actor, session: JointSession, grant: JointGrant | None) -> Actor:
    """Return as whom the audit names who hosts: the account, or the device that took over."""
    if grant is None or not _hosts_by_code(session, grant) or can_host(actor, session):
        return actor
    return CodeHolder(Role.SYSTEM, grant_id=grant.id, in_place_of=session.host_id)


def _hosts_by_code(session: JointSession, grant: JointGrant | None) -> bool:
    if grant is None or grant.revoked_at is not None:
        return False
    return grant.session_id == session.id and grant.gathering_id is None

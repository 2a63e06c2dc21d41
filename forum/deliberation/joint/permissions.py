from __future__ import annotations

from forum.core.access import Actor, Role
from forum.deliberation.gatherings.permissions import can_open_gathering
from forum.deliberation.joint.models import JointGrant, JointSession


def can_open_session(actor: Actor) -> bool:
    """Open a joint session: facilitators who may take part."""
    return can_open_gathering(actor)


def can_host(actor: Actor, session: JointSession, grant: JointGrant | None = None) -> bool:
    """Move the steps: the host, an admin, and the device that took over by the recovery code.

    :param grant: of the request's device (`grants.grant_of_request`), if it has one
    """
    by_code = grant is not None and grant.session_id == session.id and grant.gathering_id is None
    is_host = can_open_gathering(actor) and session.host_id == actor.id
    return by_code or is_host or actor.role is Role.ADMIN


def can_change_session(actor: Actor, session: JointSession) -> bool:
    """Edit, choose rooms, cancel, print codes: the host and admins, never a device with a code."""
    return can_host(actor, session)

"""What a gathering's pages show of the joint session that it takes part in (`gatherings.panels`)."""

from __future__ import annotations

from forum.core.access import Actor
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.models import JointRoom, JointState
from forum.deliberation.joint.queries import room_of_gathering


def joint_panel(gathering: Gathering, _actor: Actor) -> JointRoom | None:
    """Return the gathering's part in a session, unless that was cancelled."""
    room = room_of_gathering(gathering.id)
    return room if room is not None and room.session.state is not JointState.CANCELLED else None

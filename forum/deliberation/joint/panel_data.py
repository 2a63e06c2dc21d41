"""What a gathering's pages show of the joint session that it takes part in (`gatherings.panels`)."""

from __future__ import annotations

from dataclasses import dataclass

from forum.core.access import Actor
from forum.deliberation.gatherings.actor import present_actor
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.late import n_late, own_late
from forum.deliberation.joint.models import JointRoom, JointState, RoomAction
from forum.deliberation.joint.queries import room_of_gathering


@dataclass(frozen=True)
class RoomPhone:
    """What the page of a room shows of what a phone sent: actions that came too late, with their titles."""

    late: list[tuple[RoomAction, str]]


def joint_panel(gathering: Gathering, _actor: Actor) -> JointRoom | None:
    """Return the gathering's part in a session, unless that was cancelled."""
    room = room_of_gathering(gathering.id)
    return room if room is not None and room.session.state is not JointState.CANCELLED else None


def late_panel(gathering: Gathering, _actor: Actor) -> int | None:
    """Return how many late actions wait for the facilitator; None where there are none."""
    return n_late(gathering.id) or None


def phone_of_room(gathering: Gathering) -> RoomPhone:
    return RoomPhone(own_late(gathering, present_actor()))

"""The recovery codes of a joint session in the kits of its rooms: each room's, and the host's with a room of theirs."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _
from forum.core.links import link_to
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.permissions import can_change_session
from forum.deliberation.joint.queries import OPEN_STATES, room_of_gathering
from forum.deliberation.kits.secret_slips import SecretSlip


def may_print_codes(actor: Actor, gathering: Gathering) -> bool:
    """Who may see the page of the codes: the session's host and admins, as long as a code opens something."""
    room = room_of_gathering(gathering.id)
    return room is not None and room.session.state in OPEN_STATES and can_change_session(actor, room.session)


def code_slips(gathering: Gathering) -> list[SecretSlip]:
    """Return the slip of a room, and the host's before it where the host organises the room."""
    room = room_of_gathering(gathering.id)
    if room is None:
        return []
    session = room.session
    link = link_to("joint.takeover", session_id=session.id)
    for_host, for_room = codes_of(session, [room])
    slips = [SecretSlip(gathering.title, _("모임방 진행자나 도우미"), for_room.code, link)]
    if gathering.organiser_id == session.host_id:
        slips.insert(0, SecretSlip(session.title, _("연결 모임 진행자"), for_host.code, link))
    return slips

"""The recovery codes of a session, as they are printed: one for its host, and one for each room.

They are computed (`passes.codes.printed_code`), never stored. A new `JointSession.nonce` makes other ones; a new host
has another code than the host before.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from forum.deliberation.joint.models import JointRoom, JointSession
from forum.people.passes.codes import printed_code, spaced, typed_code


@dataclass(frozen=True)
class PrintedCode:
    """The code of a role, as it is printed; `room` is None for the session's host."""

    code: str
    room: JointRoom | None


def codes_of(session: JointSession, rooms: Sequence[JointRoom]) -> list[PrintedCode]:
    """Return the host's code, and then each room's."""
    host = PrintedCode(spaced(_host_code(session)), None)
    return [host, *(PrintedCode(spaced(_room_code(session, room.gathering_id)), room) for room in rooms)]


def role_of_code(session: JointSession, text: str, room_ids: Sequence[int]) -> int | None:
    """Return what somebody's typed code is for: 0 the session's host, else the gathering; None for a wrong code."""
    typed = typed_code(text)
    codes = {0: _host_code(session)} | {room_id: _room_code(session, room_id) for room_id in room_ids}
    found = [role for role, code in codes.items() if hmac.compare_digest(code, typed)]
    return found[0] if found else None


def _host_code(session: JointSession) -> str:
    after = f" {session.n_handovers}" if session.n_handovers else ""
    return printed_code(f"joint {session.id} host {session.nonce}{after}")


def _room_code(session: JointSession, gathering_id: int) -> str:
    return printed_code(f"joint {session.id} room {gathering_id} {session.nonce}")

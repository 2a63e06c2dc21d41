from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.errors import Forbidden
from forum.core.i18n import _l
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.permissions import can_help, can_manage
from forum.deliberation.rooms.models import GatheringEntry
from forum.people.accounts.permissions import explain, may_take_part

ENTRANTS = frozenset({Role.CITIZEN, Role.FACILITATOR})


class NotInRoom(Forbidden):
    """The actor has no entry in the room, or was not checked in."""

    explanation = _l("이 모임방에 들어온 사람만 할 수 있어요.")
    advice = _l("진행자가 알려 준 모임방 번호 8자리를 넣고 들어와 주세요.")
    help_link = (_l("모임방 번호 넣기"), "/join")


def can_enter(actor: Actor) -> bool:
    """Join a room with an account: citizens and facilitators who may take part. Others join as guests, without one."""
    return actor.role in ENTRANTS and may_take_part(actor)


def why_not_enter(actor: Actor) -> str:
    """Return why an account may not join a room, as a sentence; empty if it may."""
    return explain(
        actor,
        ENTRANTS,
        for_visitors=_l("계정으로 참여하려면 로그인해 주세요."),
        for_other_roles=_l("%(role)s 계정으로는 모임방에 들어가지 않아요."),
    )


def can_run_room(actor: Actor, gathering: Gathering, helper_ids: frozenset[int]) -> bool:
    """Check in, open tablets, set the table, show the screen: the organiser and the helpers."""
    return can_help(actor, gathering, helper_ids)


def can_see_room(
    actor: Actor, gathering: Gathering, entry: GatheringEntry | None, helper_ids: frozenset[int] = frozenset()
) -> bool:
    """Read the room: who is in it, unless the gathering is hidden; and who runs it."""
    is_inside = entry is not None and not gathering.is_hidden
    return is_inside or can_run_room(actor, gathering, helper_ids) or can_manage(actor, gathering)


def can_act_in_room(entry: GatheringEntry | None) -> bool:
    """Write and vote: somebody in the room who was checked in, and not by paper."""
    return entry is not None and entry.admitted_at is not None

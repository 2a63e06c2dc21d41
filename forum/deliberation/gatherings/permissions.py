from __future__ import annotations

from forum.core.access import Actor, CodeHolder, Role
from forum.core.i18n import _l
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import explain, may_take_part
from forum.voice.ideas.permissions import MEMBERS


def can_open_gathering(actor: Actor) -> bool:
    """Open a gathering, or copy a finished one: facilitators who may take part."""
    return actor.role is Role.FACILITATOR and may_take_part(actor)


def why_not_open(actor: Actor) -> str:
    """Return why the actor may not open a gathering, as a sentence; empty if they may."""
    return explain(
        actor,
        {Role.FACILITATOR},
        for_visitors=_l("진행자로 로그인하면 모임을 열 수 있어요."),
        for_other_roles=_l("모임은 진행자가 열어요. ‘%(role)s’ 계정으로는 열지 않아요."),
    )


def is_organiser(actor: Actor, gathering: Gathering) -> bool:
    """The facilitator who is responsible. A role that was taken away ends it."""
    return can_open_gathering(actor) and gathering.organiser_id == actor.id


def can_manage(actor: Actor, gathering: Gathering) -> bool:
    """Edit, announce, cancel, start, finish: the organiser. Admins may too, for one who has left."""
    return is_organiser(actor, gathering) or actor.role is Role.ADMIN


def stands_in(actor: Actor, gathering: Gathering) -> bool:
    """A device that took this room over by its printed code, because that of its facilitator is dead."""
    return isinstance(actor, CodeHolder) and actor.gathering_id == gathering.id


def can_run_day(actor: Actor, gathering: Gathering) -> bool:
    """Start and finish the room: who manages the gathering, and the device that stands in."""
    return can_manage(actor, gathering) or stands_in(actor, gathering)


def can_name_helpers(actor: Actor, gathering: Gathering) -> bool:
    return is_organiser(actor, gathering)


def can_remove_helper(actor: Actor, gathering: Gathering, account_id: int) -> bool:
    """Remove a helper: the organiser, and the helper."""
    return is_organiser(actor, gathering) or actor.id == account_id


def can_be_helper(account: Account) -> bool:
    """Help in a gathering: members who may take part. Staff see names by their role alone, never by the back door."""
    return account.active and account.role in MEMBERS and may_take_part(account)


def can_be_organiser(account: Account) -> bool:
    return account.active and can_open_gathering(account)


def can_hand_over(actor: Actor, gathering: Gathering) -> bool:
    """Make another facilitator responsible: the organiser; an admin for one who left or lost the role."""
    is_gone = not can_be_organiser(gathering.organiser)
    return is_organiser(actor, gathering) or (actor.role is Role.ADMIN and is_gone)


def can_help(actor: Actor, gathering: Gathering, helper_ids: frozenset[int]) -> bool:
    """Check in, open tablets, type slips and count sheets, and read who registered: the organiser and the helpers.

    A device that stands in may too, on the pages that ask for it (`actor.runner_of`): those of the room.

    :param helper_ids: accounts of `queries.helper_ids`
    """
    is_helper = actor.id is not None and actor.id in helper_ids and actor.role in MEMBERS and may_take_part(actor)
    return is_organiser(actor, gathering) or is_helper or stands_in(actor, gathering)


def can_see_desk(actor: Actor, gathering: Gathering, helper_ids: frozenset[int]) -> bool:
    """Open the page of those who run it. Admins find no names there."""
    return can_manage(actor, gathering) or can_help(actor, gathering, helper_ids)


def can_see_gathering(actor: Actor, gathering: Gathering, helper_ids: frozenset[int] = frozenset()) -> bool:
    """Read the page: everybody once it is announced; before that, and when it is hidden, who runs it and moderators."""
    runs_it = can_see_desk(actor, gathering, helper_ids)
    return gathering.is_public or runs_it or (gathering.is_hidden and actor.role is Role.ANALYST)


def can_copy(actor: Actor, gathering: Gathering) -> bool:
    """Copy: any facilitator, from one that everybody can read and that has taken place."""
    return can_open_gathering(actor) and gathering.is_public and gathering.state is GatheringState.FINISHED


def can_register(actor: Actor) -> bool:
    """Register: citizens and facilitators who may take part; children with a guardian's consent."""
    return actor.role in MEMBERS and may_take_part(actor)


def why_not_register(actor: Actor) -> str:
    """Return why the actor may not register, as a sentence; empty if they may."""
    return explain(
        actor,
        MEMBERS,
        for_visitors=_l("로그인하면 신청할 수 있어요. 계정이 없어도 모임에 와서 함께할 수 있어요."),
        for_other_roles=_l("%(role)s 계정으로는 모임에 신청하지 않아요."),
    )

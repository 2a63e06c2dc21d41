from __future__ import annotations

from forum.core.access import Actor, Role
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.permissions import can_help, can_manage
from forum.deliberation.minutes.models import GatheringMinutes, MinutesState
from forum.deliberation.rooms.models import EntryWay, GatheringEntry
from forum.people.accounts.permissions import may_take_part

OF_THE_ROOM = frozenset({MinutesState.ASKED, MinutesState.REFUSED})
"""States before publication in which the people of the room see that there are minutes."""


def can_edit_minutes(actor: Actor, gathering: Gathering) -> bool:
    """Edit the draft, ask the room and read objections: who is responsible for the gathering."""
    return can_manage(actor, gathering)


def can_read_unpublished(actor: Actor, gathering: Gathering, helper_ids: frozenset[int]) -> bool:
    """Read minutes that are not out: who runs the gathering."""
    return can_manage(actor, gathering) or can_help(actor, gathering, helper_ids)


def is_entry_of(actor: Actor, gathering: Gathering, entry: GatheringEntry | None) -> bool:
    """Is this the actor's entry in the gathering's room, their own or that of a pass that is joined to their account?

    A guest has it as long as the pass can be read.
    """
    if entry is None or entry.gathering_id != gathering.id or actor.participant_id is None:
        return False
    is_joined = entry.guest_pass is not None and actor.id is not None and entry.guest_pass.joined_to_id == actor.id
    return entry.participant_id == actor.participant_id or is_joined


def is_of_room(actor: Actor, gathering: Gathering, entry: GatheringEntry | None) -> bool:
    """Was the actor one of the people in the room, checked in?

    Slips of paper are no people: one person may have written ten of them, so their passes answer nothing. The organiser
    wrote the minutes, and does not confirm them.
    """
    return (
        is_entry_of(actor, gathering, entry)
        and entry is not None
        and entry.way is not EntryWay.PAPER
        and entry.admitted_at is not None
        and actor.id != gathering.organiser_id
    )


def can_read_asked(actor: Actor, gathering: Gathering, entry: GatheringEntry | None) -> bool:
    """Read the minutes while the room is asked: its people, and writers of slips, whose quotes stand in them."""
    is_slip = entry is not None and entry.way is EntryWay.PAPER
    return is_of_room(actor, gathering, entry) or (is_slip and is_entry_of(actor, gathering, entry))


def can_answer(actor: Actor, gathering: Gathering, entry: GatheringEntry | None) -> bool:
    """Say whether the minutes are right: people of the room; a child only with a guardian's consent."""
    return is_of_room(actor, gathering, entry) and (actor.role is Role.GUEST or may_take_part(actor))


def can_see_minutes(
    actor: Actor,
    gathering: Gathering,
    minutes: GatheringMinutes,
    entry: GatheringEntry | None,
    helper_ids: frozenset[int] = frozenset(),
) -> bool:
    """Read the page: everybody once the minutes are published; the room while it is asked; who runs it at any time."""
    if can_read_unpublished(actor, gathering, helper_ids):
        return True
    if minutes.is_hidden or not gathering.is_public:
        return actor.role is Role.ANALYST and minutes.decided_at is not None
    return minutes.is_published or (minutes.state in OF_THE_ROOM and can_read_asked(actor, gathering, entry))


def can_withdraw_quote(actor: Actor, author_id: int | None) -> bool:
    """Withdraw a quote: the writer of the idea, by account or pass (of a paper slip too), whatever else they may do.

    :param author_id: the idea's author, a participant
    """
    return actor.participant_id is not None and actor.participant_id == author_id

"""What other pages show of the minutes: the gathering's, its facilitators', and that of a guest's pass."""

from __future__ import annotations

from typing import Any

from forum.core.access import Actor
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.permissions import stands_in
from forum.deliberation.minutes.models import MinutesState
from forum.deliberation.minutes.permissions import is_of_room
from forum.deliberation.minutes.queries import answer_counts, asked_of_pass, entry_in_room, minutes_of, n_asked
from forum.deliberation.minutes.reading import opening_lines
from forum.people.passes.actor import Guest
from forum.people.passes.links import PassLink

N_LINES = 3
WITH_PAPER = frozenset({MinutesState.DRAFT, MinutesState.REFUSED})
"""States in which slips and sheets that are typed late still come into the minutes."""


def page_panel(gathering: Gathering, actor: Actor) -> dict[str, Any] | None:
    """Return the first lines of published minutes; for the room, that it is asked. None otherwise."""
    if gathering.state is not GatheringState.FINISHED:
        return None
    minutes = minutes_of(gathering.id)
    if minutes is None or minutes.is_hidden:
        return None
    if minutes.is_published:
        return {"minutes": minutes, "lines": opening_lines(minutes, N_LINES), "is_asked": False}
    is_asked = minutes.state is MinutesState.ASKED
    if is_asked and is_of_room(actor, gathering, entry_in_room(actor, gathering.id)):
        return {"minutes": minutes, "lines": [], "is_asked": True}
    return None


def desk_panel(gathering: Gathering, actor: Actor) -> dict[str, Any] | None:
    """Return the state and the counts of the minutes, for the next step. None until the gathering has ended, and for
    a device that stands in: minutes are the organiser's.
    """
    if gathering.state is not GatheringState.FINISHED or stands_in(actor, gathering):
        return None
    minutes = minutes_of(gathering.id)
    if minutes is None:
        return None
    is_counted = minutes.state is not MinutesState.DRAFT
    return {
        "minutes": minutes,
        "counts": answer_counts(minutes) if is_counted else None,
        "n_asked": n_asked(gathering) if is_counted else None,
    }


def pass_link(guest: Guest) -> PassLink | None:
    """Return the link to the minutes of a guest's gathering, as the button while their answer is wanted."""
    minutes = asked_of_pass(guest.participant_id)
    if minutes is None:
        return None
    path = path_for("minutes.show", gathering_id=minutes.gathering_id)
    entry = entry_in_room(guest, minutes.gathering_id)
    is_wanted = minutes.state is MinutesState.ASKED and is_of_room(guest, minutes.gathering, entry)
    return PassLink(_l("회의록이 맞는지 알려 주기") if is_wanted else _l("우리 모임의 회의록"), path, is_main=is_wanted)


def why_paper_is_closed(gathering: Gathering) -> str:
    """Return why no more slips and sheets are typed: the room reads or has read the minutes. Empty before that."""
    minutes = minutes_of(gathering.id)
    if minutes is None or minutes.state in WITH_PAPER:
        return ""
    return str(_("회의록을 확인받기 시작해서 종이를 더 옮겨 적을 수 없어요."))

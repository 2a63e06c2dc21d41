"""What a gathering's page and its facilitators' page show of the minutes."""

from __future__ import annotations

from typing import Any

from forum.core.access import Actor
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.minutes.models import MinutesState
from forum.deliberation.minutes.permissions import is_of_room
from forum.deliberation.minutes.queries import answer_counts, entry_in_room, minutes_of, n_asked
from forum.deliberation.minutes.reading import opening_lines

N_LINES = 3


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


def desk_panel(gathering: Gathering, _actor: Actor) -> dict[str, Any] | None:
    """Return the state and the counts of the minutes, for the next step. None until the gathering has ended."""
    minutes = minutes_of(gathering.id) if gathering.state is GatheringState.FINISHED else None
    if minutes is None:
        return None
    is_counted = minutes.state is not MinutesState.DRAFT
    return {
        "minutes": minutes,
        "counts": answer_counts(minutes) if is_counted else None,
        "n_asked": n_asked(gathering) if is_counted else None,
    }

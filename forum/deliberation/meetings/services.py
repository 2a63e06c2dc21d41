"""What other slices and commands do with meetings, under one name; each act is written where it belongs."""

from __future__ import annotations

from forum.deliberation.meetings.attending import arrive, leave
from forum.deliberation.meetings.dissenting import record_dissent
from forum.deliberation.meetings.planning import (
    add_item,
    cancel_meeting,
    change_meeting,
    open_meeting,
    plan_meeting,
    remove_item,
)
from forum.deliberation.meetings.voting import (
    add_motion,
    cast_ballot,
    close_motion,
    open_motion,
    remove_motion,
    vote_again,
)
from forum.deliberation.meetings.writing import close_meeting, edit_minutes, sign_minutes

__all__ = [
    "add_item",
    "add_motion",
    "arrive",
    "cancel_meeting",
    "cast_ballot",
    "change_meeting",
    "close_meeting",
    "close_motion",
    "edit_minutes",
    "leave",
    "open_meeting",
    "open_motion",
    "plan_meeting",
    "record_dissent",
    "remove_item",
    "remove_motion",
    "sign_minutes",
    "vote_again",
]

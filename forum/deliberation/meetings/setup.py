from __future__ import annotations

from flask import Flask

from forum.deliberation.council.hooks import register_after_seat_end, register_after_substitute_end
from forum.deliberation.meetings.attending import leave_as_substitute, leave_with_seat
from forum.deliberation.meetings.following import follow_conflict, follow_leaving, require_motion
from forum.deliberation.meetings.panels import register_panels
from forum.deliberation.rounds.hooks import register_after_conflict, register_after_leaving, register_before_result


def register(_app: Flask) -> None:
    """Let meetings follow what happens to seats, tasks and statements, and bind the result to the assembly's vote."""
    register_after_seat_end(leave_with_seat)
    register_after_substitute_end(leave_as_substitute)
    register_after_leaving(follow_leaving)
    register_after_conflict(follow_conflict)
    register_before_result(require_motion)
    register_panels()

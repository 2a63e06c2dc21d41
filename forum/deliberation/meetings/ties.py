"""Who has a tie to a task, at a meeting: the member of the seat, or the substitute who votes in their place."""

from __future__ import annotations

from collections.abc import Sequence

from forum.deliberation.meetings.models import Attendance
from forum.deliberation.rounds.models import CouncilTask
from forum.deliberation.rounds.queries import Member, has_tie, is_proposer


def is_tied(task: CouncilTask | None, stay: Attendance) -> bool:
    """Return whether who attends does not vote on a task, as the member or their substitute has a tie to it.

    False without a task.
    """
    if task is None:
        return False
    stand_in = stay.seat.substitute_id if stay.by_substitute else None
    return has_tie(task, Member(seat=stay.seat)) or (stand_in is not None and is_proposer(task, stand_in))


def tied_tasks(tasks: Sequence[CouncilTask], stay: Attendance) -> set[int]:
    """Return which of these tasks the ballot of who attends may not contain."""
    return {task.id for task in tasks if is_tied(task, stay)}

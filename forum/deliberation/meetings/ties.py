"""Who has a tie to a task, at a meeting: the member of the seat, or the substitute who votes in their place.

The rule is that of `rounds.queries.has_tie`, asked of many tasks at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.meetings.models import Attendance
from forum.deliberation.rounds.models import ConflictStatement, CouncilTask, TaskIdea
from forum.people.accounts.models import Participant
from forum.voice.ideas.models import Idea


def is_tied(task: CouncilTask | None, stay: Attendance) -> bool:
    """Return whether who attends does not vote on a task, as the member or their substitute has a tie to it.

    False without a task.
    """
    return task is not None and bool(tied_tasks([task], stay))


def tied_tasks(tasks: Sequence[CouncilTask], stay: Attendance) -> set[int]:
    """Return which of these tasks the ballot of who attends may not contain. Two statements, none without tasks."""
    if not tasks:
        return set()
    ids, seat = [task.id for task in tasks], stay.seat
    own = {task.id for task in tasks if task.proposer_seat_id == seat.id}
    declared = sa.select(ConflictStatement.task_id).where(
        ConflictStatement.task_id.in_(ids), ConflictStatement.seat_id == seat.id
    )
    people = {seat.account_id, seat.substitute_id if stay.by_substitute else None} - {None}
    written = (
        sa.select(TaskIdea.task_id)
        .join(Idea, Idea.id == TaskIdea.idea_id)
        .join(Participant, Participant.id == Idea.author_id)
        .where(TaskIdea.task_id.in_(ids), Participant.account_id.in_(people))
    )
    return own | set(db.session.scalars(declared)) | set(db.session.scalars(written))

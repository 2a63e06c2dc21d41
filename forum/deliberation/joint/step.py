"""Where a room stands in its joint session, as the page of the room shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.models import VOTING, WRITING, ActionKind, JointMove, JointState, JointStep, StepKind
from forum.deliberation.joint.queries import room_of_gathering
from forum.deliberation.joint.state import milliseconds

PART_OF_PAGE = {StepKind.WRITE: "write", StepKind.LOOK: "ideas", StepKind.VOTE: "ideas"}
GRACE = timedelta(seconds=10)
"""So long after a change what is under way on the network counts for the step before."""


@dataclass(frozen=True)
class RoomStep:
    """The step of a running session.

    move : number of the newest move, which may begin in a moment; 0 before the first
    n_steps : of the agenda
    step : the one that has begun; None before the first
    """

    session_id: int
    move: int
    n_steps: int
    step: JointStep | None = None
    begins_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """Return until when it is planned to last."""
        return self.begins_at + timedelta(minutes=self.step.minutes) if self.step and self.begins_at else None

    @property
    def until(self) -> str:
        """Return `ends_at` as hours and minutes in Seoul; empty before the first step."""
        return f"{self.ends_at.astimezone(clock.SEOUL):%H:%M}" if self.ends_at else ""

    @property
    def begins(self) -> int:
        """Return when the step began, in milliseconds since 1970; 0 before the first."""
        return milliseconds(self.begins_at) if self.begins_at else 0

    @property
    def now(self) -> int:
        return milliseconds(clock.now())

    @property
    def part(self) -> str:
        """Return which part of the page the step is about: "write", "ideas", or none."""
        return PART_OF_PAGE.get(self.step.kind, "") if self.step else ""


def step_of_room(gathering: Gathering) -> RoomStep | None:
    """Return where a room stands now; None outside of a running session."""
    room = room_of_gathering(gathering.id)
    if room is None or room.session.state is not JointState.RUNNING:
        return None
    of_session = JointStep.session_id == room.session_id
    n_steps = db.session.scalar(sa.select(sa.func.count()).select_from(JointStep).where(of_session)) or 0
    moves = _last_moves(room.session_id)
    newest = moves[0][0].number if moves else 0
    for move, step in moves:
        if move.begins_at <= clock.now():
            return RoomStep(room.session_id, newest, n_steps, step, move.begins_at)
    return RoomStep(room.session_id, newest, n_steps)


def takes_now(gathering: Gathering, kind: ActionKind) -> bool:
    """Do the step of now, or the one of a moment ago, take this without asking the facilitator?

    Outside of a running session everything is taken, and before its first step.
    """
    room = room_of_gathering(gathering.id)
    if room is None or room.session.state is not JointState.RUNNING:
        return True
    now = clock.now()
    kinds = {_kind_at(room.session_id, moment) for moment in (now, now - GRACE)}
    taking = WRITING if kind is ActionKind.IDEA else VOTING
    return None in kinds or bool(kinds & taking)


def _kind_at(session_id: int, moment: datetime) -> StepKind | None:
    begun = sa.and_(JointMove.session_id == session_id, JointMove.begins_at <= moment)
    query = (
        sa.select(JointStep.kind)
        .join(
            JointMove, sa.and_(JointMove.session_id == JointStep.session_id, JointMove.position == JointStep.position)
        )
        .where(begun)
        .order_by(JointMove.number.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def _last_moves(session_id: int) -> list[tuple[JointMove, JointStep]]:
    """Return the last moves with their steps, the newest first. Only the very last ones can be still to begin."""
    query = (
        sa.select(JointMove, JointStep)
        .join(JointStep, sa.and_(JointStep.session_id == session_id, JointStep.position == JointMove.position))
        .where(JointMove.session_id == session_id)
        .order_by(JointMove.number.desc())
        .limit(5)
    )
    return [(move, step) for move, step in db.session.execute(query)]

"""What the host of a joint session sees: where all stand, and how each room is doing, in numbers alone.

The number of statements is the same for one room and for a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.models import GatheringState
from forum.deliberation.joint.models import (
    ActionState,
    JointRoom,
    JointSession,
    JointState,
    JointStep,
    RoomAction,
)
from forum.deliberation.joint.moves import newest_move
from forum.deliberation.joint.queries import rooms_in
from forum.deliberation.joint.state import milliseconds
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom
from forum.voice.votes.models import Vote, VoteEvent

NO_SIGN, NOTHING_NEW = timedelta(seconds=90), timedelta(minutes=5)
"""A room is silent whose facilitator's screen gave no sign for so long, and in which nothing was written or voted."""


@dataclass(frozen=True)
class RoomLine:
    """How one room is doing.

    n_people : checked in · n_waiting : joined and not checked in · n_votes : votes on ideas of its table now
    n_late : actions that wait for its facilitator
    last_act : when something was written or voted there within the last minutes, as far as is looked back
    """

    room: JointRoom
    n_people: int
    n_waiting: int
    n_ideas: int
    n_votes: int
    n_late: int
    last_act: datetime | None
    is_silent: bool

    @property
    def minutes_unseen(self) -> int | None:
        """Return how many whole minutes ago the facilitator's screen gave a sign; None if it never did."""
        seen_at = self.room.seen_at
        return None if seen_at is None else max(int((clock.now() - seen_at).total_seconds()) // 60, 0)


@dataclass(frozen=True)
class Overview:
    """A session as its host sees it. `move` is the number of the newest move, 0 before the first."""

    lines: list[RoomLine]
    move: int
    step: JointStep | None
    begins_at: datetime | None

    @property
    def begins(self) -> int:
        """Return when the step begins, in milliseconds since 1970."""
        return milliseconds(self.begins_at) if self.begins_at else 0

    @property
    def ends(self) -> int:
        return self.begins + self.step.minutes * 60_000 if self.step else 0

    @property
    def now(self) -> int:
        return milliseconds(clock.now())

    @property
    def seconds_left(self) -> int:
        """Return how many seconds of the step are left; below 0 once it lasts longer than planned."""
        return (self.ends - max(self.now, self.begins)) // 1000 if self.step else 0

    def total(self, name: str) -> int:
        """Return the sum of one of the numbers over all rooms."""
        return sum(getattr(line, name) for line in self.lines)

    @property
    def silent(self) -> list[RoomLine]:
        return [line for line in self.lines if line.is_silent]


def overview_of(session: JointSession) -> Overview:
    """Return how a session and its rooms are doing now."""
    rooms, newest = rooms_in(session.id), newest_move(session.id)
    step = next((one for one in session.steps if newest and one.position == newest.position), None)
    return Overview(_lines(session, rooms), newest.number if newest else 0, step, newest and newest.begins_at)


def _lines(session: JointSession, rooms: Sequence[JointRoom]) -> list[RoomLine]:
    ids = [room.gathering_id for room in rooms]
    people, ideas, votes, acts, late = _people(ids), _ideas(ids), _votes(ids), _last_acts(ids), _late(ids)
    lines = []
    for room in rooms:
        one = room.gathering_id
        joined, admitted = people.get(one, (0, 0))
        n_ideas, last_idea = ideas.get(one, (0, None))
        moments = [moment for moment in (last_idea, acts.get(one)) if moment is not None]
        last = max(moments, default=None)
        silent = _is_silent(session, room, last)
        n_waiting = joined - admitted
        lines.append(RoomLine(room, admitted, n_waiting, n_ideas, votes.get(one, 0), late.get(one, 0), last, silent))
    return lines


def _is_silent(session: JointSession, room: JointRoom, last_act: datetime | None) -> bool:
    """The online room has no facilitator's screen: there what is written and voted counts alone."""
    if session.state is not JointState.RUNNING or room.gathering.state is not GatheringState.RUNNING:
        return False
    now, began = clock.now(), session.started_at or session.starts_at
    has_sign = now - max(room.seen_at or began, began) < NO_SIGN
    has_acted = now - max(last_act or began, began) < NOTHING_NEW
    return not has_acted and (room.is_online or not has_sign)


def _people(ids: list[int]) -> dict[int, tuple[int, int]]:
    admitted = sa.func.count(GatheringEntry.admitted_at)
    query = sa.select(GatheringEntry.gathering_id, sa.func.count(), admitted).where(
        GatheringEntry.gathering_id.in_(ids), GatheringEntry.way != EntryWay.PAPER
    )
    return {one: (n, n_in) for one, n, n_in in db.session.execute(query.group_by(GatheringEntry.gathering_id))}


def _ideas(ids: list[int]) -> dict[int, tuple[int, datetime | None]]:
    query = sa.select(IdeaRoom.gathering_id, sa.func.count(), sa.func.max(IdeaRoom.added_at))
    rows = query.where(IdeaRoom.gathering_id.in_(ids)).group_by(IdeaRoom.gathering_id)
    return {one: (n, last) for one, n, last in db.session.execute(rows)}


def _votes(ids: list[int]) -> dict[int, int]:
    query = (
        sa.select(IdeaRoom.gathering_id, sa.func.count())
        .join(Vote, Vote.idea_id == IdeaRoom.idea_id)
        .join(GatheringEntry, _is_of_table(Vote.participant_id))
        .where(IdeaRoom.gathering_id.in_(ids), GatheringEntry.admitted_at.is_not(None))
    )
    return _by_room(query.group_by(IdeaRoom.gathering_id))


def _last_acts(ids: list[int]) -> dict[int, datetime]:
    """Return when somebody last voted in each room, within the time that matters."""
    query = (
        sa.select(IdeaRoom.gathering_id, sa.func.max(VoteEvent.at))
        .join(VoteEvent, VoteEvent.idea_id == IdeaRoom.idea_id)
        .join(GatheringEntry, _is_of_table(VoteEvent.participant_id))
        .where(IdeaRoom.gathering_id.in_(ids), VoteEvent.at > clock.now() - NOTHING_NEW)
    )
    return _by_room(query.group_by(IdeaRoom.gathering_id))


def _late(ids: list[int]) -> dict[int, int]:
    waiting = sa.and_(RoomAction.gathering_id.in_(ids), RoomAction.state == ActionState.LATE)
    query = sa.select(RoomAction.gathering_id, sa.func.count()).where(waiting)
    return _by_room(query.group_by(RoomAction.gathering_id))


def _by_room(query: sa.Select[Any]) -> dict[int, Any]:
    return {row[0]: row[1] for row in db.session.execute(query)}


def _is_of_table(participant_id: sa.orm.InstrumentedAttribute[int]) -> sa.ColumnElement[bool]:
    return sa.and_(
        GatheringEntry.gathering_id == IdeaRoom.gathering_id, GatheringEntry.participant_id == participant_id
    )

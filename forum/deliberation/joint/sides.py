"""Votes in rooms and votes online on the same ideas, side by side, and whether the two differ.

In a room is a vote of somebody checked in, on an idea of that room's table, as it stood when the gathering ended
(`RoomTally`). Online is every other vote that counts (`IdeaTally` without those), the online room of a joint session
among them. So each vote is on one side, and both sides add up to the votes that the forum states. What people of a room
change later is not followed: nobody knows who they were once the lists are deleted, and following it before would tell
that one of a few people has changed their vote. Marks on vote sheets stand beside both.

Whether the sides are alike or different is `rooms_apart.compare_rooms` of two rooms. It looks at agreement alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from forum.core.disclosure import hidden_cells
from forum.core.extensions import db
from forum.core.intervals import Interval, newcombe, wilson
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.joint.models import JointRoom
from forum.deliberation.joint.rooms_apart import IdeaInRooms, RoomCount, compare_rooms, may_stand_as_one
from forum.deliberation.rooms.models import IdeaRoom, RoomTally
from forum.deliberation.sheets.queries import PaperTotals, paper_totals
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally

ROOMS, ONLINE = 1, 2
"""What `compare_rooms` calls the two sides."""
NO_ROOM = 0
"""The cell of votes that were cast in no room at all; ids of gatherings start at 1."""
Counts = tuple[int, int, int]
"""Agree, disagree, pass."""


@dataclass(frozen=True)
class SideVotes:
    """Votes of one side on an idea. The counts are named as in `IdeaTally`; `votes` is 5 at least."""

    agree: int
    disagree: int
    pass_: int

    @property
    def counts(self) -> Counts:
        return self.agree, self.disagree, self.pass_

    @property
    def votes(self) -> int:
        return sum(self.counts)

    def interval(self, n_of: int) -> Interval:
        """Return the 95 % interval of the share that so many of the votes are; exact at 0 and 1, where sums are not."""
        low, high = wilson(n_of, self.votes)
        return low if n_of else 0.0, high if n_of < self.votes else 1.0


@dataclass(frozen=True)
class IdeaSides:
    """An idea on which people of both sides voted.

    paper : None where it stood on no vote sheet · found : what `compare_rooms` says of it
    """

    idea_id: int
    title: str
    in_rooms: SideVotes
    online: SideVotes
    paper: PaperTotals | None
    found: IdeaInRooms

    @property
    def is_different(self) -> bool:
        return bool(self.found.differences)

    @property
    def difference_interval(self) -> Interval:
        return difference_interval(self.in_rooms, self.online)


@dataclass(frozen=True)
class Sides:
    """The ideas that can be told of: those that differ first, then those alike, then the rest; the clearest first.

    n_voted_in_rooms : open ideas on which people in rooms voted, of which `ideas` are those that can be compared
    """

    ideas: Sequence[IdeaSides] = ()
    n_voted_in_rooms: int = 0

    @property
    def n_left_out(self) -> int:
        return self.n_voted_in_rooms - len(self.ideas)


@dataclass(frozen=True)
class _Cell:
    """The votes in one room, or in none."""

    counts: Counts
    is_online: bool

    @property
    def votes(self) -> int:
        return sum(self.counts)


def sides_of(ids: sa.Select[int]) -> Sides:
    """Return the open ideas among these on which people of both sides voted. Two statements, one without any room.

    An idea is left out while a room that talks about it is open, and for good where such a room was called off, since
    its votes were never counted; where a side has fewer than five votes or would give a small room away; and where
    more people of rooms have changed their votes than voted online, so that taking them out leaves less than nothing.
    """
    told, n_voted, titles = {}, 0, {}
    for idea_id, rows in groupby(db.session.execute(_rooms_of(ids)), key=lambda row: row.idea_id):
        row, cells = _cells(rows)
        n_voted += any(cell.votes and not cell.is_online for key, cell in cells.items() if key != NO_ROOM)
        if not row.is_uncounted and (found := _both_sides(cells)):
            told[idea_id], titles[idea_id] = found, row.title
    counts = {
        idea_id: [RoomCount(side, *one.counts) for side, one in ((ROOMS, in_rooms), (ONLINE, online))]
        for idea_id, (in_rooms, online) in told.items()
    }
    paper = paper_totals(told)
    ideas = [
        IdeaSides(one.idea_id, titles[one.idea_id], *told[one.idea_id], paper.get(one.idea_id), one)
        for one in compare_rooms(counts)
    ]
    ideas.sort(key=lambda one: not one.is_different)  # the sort is stable
    return Sides(ideas, n_voted)


def difference_interval(in_rooms: SideVotes, online: SideVotes) -> Interval:
    """Return the 95 % interval, -1..1, of by how much larger the share of agreement is in rooms."""
    return newcombe((in_rooms.agree, in_rooms.votes), (online.agree, online.votes))


def ideas_of_campaign(campaign_id: int) -> sa.Select[int]:
    return sa.select(Idea.id).where(Idea.campaign_id == campaign_id)


def _rooms_of(ids: sa.Select[int]) -> sa.Select[*tuple[Any, ...]]:
    uncounted = (
        sa.exists()
        .where(IdeaRoom.idea_id == RoomTally.idea_id, Gathering.id == IdeaRoom.gathering_id)
        .where(Gathering.started_at.is_not(None), Gathering.state != GatheringState.FINISHED)
        .correlate(RoomTally)
    )
    return (
        sa.select(
            RoomTally.idea_id,
            RoomTally.gathering_id,
            sa.func.coalesce(JointRoom.is_online, sa.false()).label("is_online"),
            *(getattr(RoomTally, name) for name in ("agree", "disagree", "pass_")),
            *(getattr(IdeaTally, name).label(f"all_{name}") for name in ("agree", "disagree", "pass_")),
            Idea.title,
            uncounted.label("is_uncounted"),
        )
        .join(Idea, Idea.id == RoomTally.idea_id)
        .join(IdeaTally, IdeaTally.idea_id == RoomTally.idea_id)
        .outerjoin(JointRoom, JointRoom.gathering_id == RoomTally.gathering_id)
        .where(RoomTally.idea_id.in_(ids), Idea.state == IdeaState.OPEN)
        .order_by(RoomTally.idea_id, RoomTally.gathering_id)
    )


def _cells(rows: Any) -> tuple[Any, dict[int, _Cell]]:
    """Return one of an idea's rows, and its votes by room and in none; a count of those may be below 0."""
    cells, rest = {}, None
    for row in rows:
        counts = row.agree, row.disagree, row.pass_
        cells[row.gathering_id] = _Cell(counts, bool(row.is_online))
        left = rest or (row.all_agree, row.all_disagree, row.all_pass_)
        rest = left[0] - counts[0], left[1] - counts[1], left[2] - counts[2]
    assert rest is not None, "an idea is among the rows by one of its own"
    return row, cells | {NO_ROOM: _Cell(rest, True)}


def _both_sides(cells: Mapping[int, _Cell]) -> tuple[SideVotes, SideVotes] | None:
    """Return both sides; None where one of them cannot be told of."""
    in_rooms, online = (
        {key: cell for key, cell in cells.items() if cell.is_online is is_online} for is_online in (False, True)
    )
    if min(cells[NO_ROOM].counts) < 0 or not (_is_told(in_rooms) and _is_told(online)):
        return None
    return _summed(in_rooms), _summed(online)


def _is_told(cells: Mapping[int, _Cell]) -> bool:
    """Return whether a side's sum gives away no small room, together with what the rooms' own pages tell."""
    hidden = hidden_cells({key: cell.votes for key, cell in cells.items()})
    return bool(cells) and (not hidden or may_stand_as_one([cells[key].votes for key in hidden]))


def _summed(cells: Mapping[int, _Cell]) -> SideVotes:
    return SideVotes(*(sum(cell.counts[at] for cell in cells.values()) for at in range(3)))

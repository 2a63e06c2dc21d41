"""What a room says: its people, the ideas on its table with its own votes, and what it agrees on.

While the gathering runs, votes are counted as they are; once it is finished, the tallies of that moment are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa

from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom, RoomIdeaWay, RoomTally
from forum.voice.ideas.models import SHOWN_STATES, Idea
from forum.voice.votes.models import AGREE, DISAGREE, PASS, Vote

TWO_THIRDS, A_THIRD, HALF = 2 / 3, 1 / 3, 1 / 2


class Verdict(Enum):
    """What the room's votes on an idea come to.

    AGREED : at least two thirds of those who voted are for it
    DIVIDED : at least a third are for it, and at least a third against
    OPEN : neither
    TOO_FEW : fewer than half of the people in the room voted on it, or so few that it would tell how each of them did
    """

    AGREED = "AGREED"
    DIVIDED = "DIVIDED"
    OPEN = "OPEN"
    TOO_FEW = "TOO_FEW"


@dataclass(frozen=True)
class RoomPeople:
    """How many people joined a room by account, phone or tablet, and how many of them were checked in.

    n_slips : entries of paper slips, which are no people
    """

    joined: dict[EntryWay, int]
    admitted: dict[EntryWay, int]
    n_slips: int

    @property
    def n_joined(self) -> int:
        return sum(self.joined.values())

    @property
    def n_admitted(self) -> int:
        return sum(self.admitted.values())


@dataclass(frozen=True)
class TableIdea:
    """An idea on the table with the room's votes. The counts are named as in `IdeaTally`.

    title : as it is now; empty where the idea is not shown any more
    """

    idea_id: int
    number: int
    way: RoomIdeaWay
    title: str
    is_shown: bool
    agree: int
    disagree: int
    pass_: int

    @property
    def votes(self) -> int:
        return self.agree + self.disagree + self.pass_

    @property
    def is_told(self) -> bool:
        """Are its counts shown? Those of fewer people would tell their neighbours how each of them voted."""
        return self.votes >= MIN_PEOPLE_PER_CELL

    def verdict(self, n_people: int) -> Verdict:
        """:param n_people: checked in, of which at least half must have voted"""
        if not self.is_told or self.votes < n_people * HALF:
            return Verdict.TOO_FEW
        if self.agree >= self.votes * TWO_THIRDS:
            return Verdict.AGREED
        if min(self.agree, self.disagree) >= self.votes * A_THIRD:
            return Verdict.DIVIDED
        return Verdict.OPEN


def people_of(gathering_id: int) -> RoomPeople:
    """Return who is in a room, as numbers, with one query."""
    admitted = sa.func.count(GatheringEntry.admitted_at)
    query = sa.select(GatheringEntry.way, sa.func.count(), admitted).where(GatheringEntry.gathering_id == gathering_id)
    rows = {way: (n, n_in) for way, n, n_in in db.session.execute(query.group_by(GatheringEntry.way))}
    n_slips, _admitted = rows.pop(EntryWay.PAPER, (0, 0))
    ways = [way for way in EntryWay if way is not EntryWay.PAPER]
    return RoomPeople(
        {way: rows.get(way, (0, 0))[0] for way in ways}, {way: rows.get(way, (0, 0))[1] for way in ways}, n_slips
    )


def table_of(gathering: Gathering) -> list[TableIdea]:
    """Return the ideas on the table by number, with two queries."""
    query = (
        sa.select(IdeaRoom.idea_id, IdeaRoom.number, IdeaRoom.way, Idea.title, Idea.state)
        .join(Idea, Idea.id == IdeaRoom.idea_id)
        .where(IdeaRoom.gathering_id == gathering.id)
        .order_by(IdeaRoom.number)
    )
    counts = _final_counts(gathering.id) if gathering.state is GatheringState.FINISHED else _counts_now(gathering.id)
    table = []
    for idea_id, number, way, title, state in db.session.execute(query):
        is_shown = state in SHOWN_STATES
        shown_title = title if is_shown else ""
        table.append(TableIdea(idea_id, number, way, shown_title, is_shown, *counts.get(idea_id, (0, 0, 0))))
    return table


def in_words_first(table: Sequence[TableIdea], n_people: int) -> dict[Verdict, list[TableIdea]]:
    """Return the shown ideas by what the room says of them; those with the largest share of agreement first."""
    found: dict[Verdict, list[TableIdea]] = {verdict: [] for verdict in Verdict}
    for idea in table:
        if idea.is_shown:
            found[idea.verdict(n_people)].append(idea)
    for ideas in found.values():
        ideas.sort(key=lambda one: (-one.agree / max(one.votes, 1), -one.votes, one.number))
    return found


def _final_counts(gathering_id: int) -> dict[int, tuple[int, int, int]]:
    query = sa.select(RoomTally.idea_id, RoomTally.agree, RoomTally.disagree, RoomTally.pass_)
    rows = db.session.execute(query.where(RoomTally.gathering_id == gathering_id))
    return {idea_id: (agree, disagree, passed) for idea_id, agree, disagree, passed in rows}


def _counts_now(gathering_id: int) -> dict[int, tuple[int, int, int]]:
    counts = [sa.func.sum(sa.case((Vote.value == value, 1), else_=0)) for value in (AGREE, DISAGREE, PASS)]
    query = (
        sa.select(Vote.idea_id, *counts)
        .join(IdeaRoom, IdeaRoom.idea_id == Vote.idea_id)
        .join(
            GatheringEntry,
            sa.and_(
                GatheringEntry.gathering_id == IdeaRoom.gathering_id,
                GatheringEntry.participant_id == Vote.participant_id,
            ),
        )
        .where(
            IdeaRoom.gathering_id == gathering_id,
            GatheringEntry.admitted_at.is_not(None),
            Vote.excluded_by_id.is_(None),
        )
        .group_by(Vote.idea_id)
    )
    return {idea_id: (int(a), int(d), int(p)) for idea_id, a, d, p in db.session.execute(query)}

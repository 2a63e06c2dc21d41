"""What the rooms of a joint session share, and where one differs from the others, with how sure that is.

Shares are of agreement (or of disagreement) among all votes of a room's people, passes included.

- A room with fewer than five voters on an idea never stands alone: `core.disclosure` says which are put together.
- Shared: more than half of each room by itself (each room's binomial test, so the least clear of them decides: Berger
  1982); or two thirds of at least nine rooms in ten, and more than half of all together (binomial test), while no room
  differs so much that it is on the other side.
- Different: one room against all others by Fisher's exact test, and the interval of the difference (Newcombe 1998,
  method 10, 95 %) leaves out 0. A second room is named if it also differs from those that were not named before it.
- Of all that is called shared, or different, at most 5 % is not (Benjamini & Hochberg 1995). Intervals are Wilson's
  (1927), 95 %.

Tests of the rooms on one idea depend on each other, which that correction does not promise to cover; what comes of it
was measured (`python -m tests.benchmarks.rooms_apart`, figures in docs/joint.md).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells
from forum.core.intervals import Interval, newcombe, wilson

FALSE_DISCOVERIES = 0.05
VERY_SURE = 0.01
HALF, TWO_THIRDS = 1 / 2, 2 / 3
MOST_ROOMS = 0.9
"""Share of the rooms that must be two thirds of one mind. All of them would be asking too much of a hundred rooms."""


class Sure(Enum):
    """How sure something is.

    VERY : it holds in each room by itself; or a difference with an adjusted p value of 1 % at most
    FAIRLY : it holds of nearly all rooms, and of all together; or a difference named at 5 %
    NOT : neither shared nor different, as far as the votes say
    """

    VERY = "VERY"
    FAIRLY = "FAIRLY"
    NOT = "NOT"


class Side(Enum):
    AGREE = "AGREE"
    DISAGREE = "DISAGREE"


@dataclass(frozen=True)
class RoomCount:
    """Votes of one room's people on an idea."""

    room_id: int
    agree: int
    disagree: int
    passed: int

    @property
    def votes(self) -> int:
        return self.agree + self.disagree + self.passed


@dataclass(frozen=True)
class RoomShare:
    """A room that may stand alone, or several that are put together.

    room_ids : one, or all that are put together
    """

    room_ids: tuple[int, ...]
    is_pool: bool
    agree: int
    disagree: int
    votes: int

    def share(self, side: Side = Side.AGREE) -> float:
        return self.count(side) / self.votes

    def interval(self, side: Side = Side.AGREE) -> Interval:
        return wilson(self.count(side), self.votes)

    def count(self, side: Side) -> int:
        return self.agree if side is Side.AGREE else self.disagree


@dataclass(frozen=True)
class Difference:
    """A room that sees an idea unlike the others.

    difference : -1..1, by how much more of it agree, with `interval`
    p_adjusted : smallest share of false discoveries at which it is named
    """

    room: RoomShare
    others_share: float
    others_votes: int
    difference: float
    interval: Interval
    p_adjusted: float

    @property
    def sure(self) -> Sure:
        return Sure.VERY if self.p_adjusted <= VERY_SURE else Sure.FAIRLY


@dataclass(frozen=True)
class IdeaInRooms:
    """An idea that people of at least two rooms voted on.

    shares : the rooms by id, those put together last
    side : what all share; None if nothing
    differences : the clearest first; empty where something is shared
    """

    idea_id: int
    shares: tuple[RoomShare, ...]
    side: Side | None
    sure: Sure
    differences: tuple[Difference, ...]

    @property
    def votes(self) -> int:
        return sum(one.votes for one in self.shares)

    @property
    def rooms(self) -> tuple[RoomShare, ...]:
        return tuple(one for one in self.shares if not one.is_pool)


def compare_rooms(counts: Mapping[int, Sequence[RoomCount]]) -> list[IdeaInRooms]:
    """Compare the rooms on each idea; ideas that cannot be compared are left out.

    :param counts: idea id -> votes of each room on whose table it is
    :return: what is shared first, then what differs, then the rest; in each the clearest first
    """
    by_idea = {idea_id: found for idea_id in sorted(counts) if len(found := _shares(counts[idea_id])) > 1}
    shared, differences = _shared(by_idea), _differences(by_idea)
    ideas = []
    for idea_id, shares in by_idea.items():
        side, sure = shared.get(idea_id, (None, Sure.NOT))
        apart = differences.get(idea_id, ())
        if side is not None and any(one.room.share(side) < HALF for one in apart):
            side, sure = None, Sure.NOT
        if side is not None:
            apart = ()
        ideas.append(IdeaInRooms(idea_id, shares, side, apart[0].sure if apart else sure, apart))
    return sorted(ideas, key=_clearest_first)


def more_than_half(n_of: int, n: int) -> float:
    """Return how likely at least so many of `n` are, if each is as likely as not (binomial test)."""
    total, ways = 0, math.comb(n, n_of)
    for k in range(n_of, n + 1):
        total += ways
        ways = ways * (n - k) // (k + 1)
    return total / (1 << n)


def fisher(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return twice the tail of Fisher's exact test of two shares on the side where `one` lies, 1 at most."""
    (agree, n), rest = one, other[1]
    all_agree = agree + other[0]
    disagree = n + rest - all_agree
    chance = math.exp(_log_choose(all_agree, agree) + _log_choose(disagree, n - agree) - _log_choose(n + rest, n))
    tail = 0.0
    if agree * (n + rest) >= n * all_agree:
        for k in range(agree, min(n, all_agree) + 1):
            tail += chance
            chance *= (all_agree - k) * (n - k) / ((k + 1) * (disagree - n + k + 1))
    else:
        for k in range(agree, max(0, n - disagree) - 1, -1):
            tail += chance
            chance *= k * (disagree - n + k) / ((all_agree - k + 1) * (n - k + 1))
    return min(1.0, 2 * tail)


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Return for each p value the smallest share of false discoveries at which it is named (Benjamini & Hochberg)."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at], reverse=True)
    found, smallest = [1.0] * len(p_values), 1.0
    for rank, at in zip(range(len(p_values), 0, -1), order, strict=True):
        smallest = min(smallest, p_values[at] * len(p_values) / rank)
        found[at] = smallest
    return found


def may_stand_as_one(hidden: Collection[int]) -> bool:
    """Return whether rooms that must not stand alone may be told of as a sum.

    Not if one of them is large enough to be told on its own room's page: taken from the sum, its counts would tell
    those of a small room.

    :param hidden: votes of each
    """
    return all(n < MIN_PEOPLE_PER_CELL for n in hidden) and sum(hidden) >= MIN_PEOPLE_PER_CELL


def _shares(counts: Sequence[RoomCount]) -> tuple[RoomShare, ...]:
    """Return the rooms that may stand alone, and the others as one if they are enough together.

    They are left out where `may_stand_as_one` says no.
    """
    hidden = hidden_cells({one.room_id: one.votes for one in counts})
    alone = sorted((one for one in counts if one.room_id not in hidden), key=lambda one: one.room_id)
    shares = [RoomShare((one.room_id,), False, one.agree, one.disagree, one.votes) for one in alone]
    rest = [one for one in counts if one.room_id in hidden]
    if may_stand_as_one([one.votes for one in rest]):
        agree, disagree = sum(one.agree for one in rest), sum(one.disagree for one in rest)
        ids = tuple(sorted(one.room_id for one in rest))
        shares.append(RoomShare(ids, True, agree, disagree, sum(one.votes for one in rest)))
    return tuple(shares)


def _shared(by_idea: Mapping[int, Sequence[RoomShare]]) -> dict[int, tuple[Side, Sure]]:
    """Return by idea what all rooms share, and how surely."""
    tested = [(idea_id, side) for idea_id in by_idea for side in Side]
    each = [max(more_than_half(one.count(side), one.votes) for one in by_idea[at]) for at, side in tested]
    together = [more_than_half(*_together(by_idea[at], side)) for at, side in tested]
    found = {}
    for (idea_id, side), p_each, p_together in zip(tested, adjusted(each), adjusted(together), strict=True):
        if p_each <= FALSE_DISCOVERIES:
            found[idea_id] = (side, Sure.VERY)
        elif p_together <= FALSE_DISCOVERIES and _most_agree(by_idea[idea_id], side):
            found[idea_id] = (side, Sure.FAIRLY)
    return found


def _most_agree(shares: Sequence[RoomShare], side: Side) -> bool:
    return sum(one.share(side) >= TWO_THIRDS for one in shares) >= MOST_ROOMS * len(shares)


def _differences(by_idea: Mapping[int, Sequence[RoomShare]]) -> dict[int, tuple[Difference, ...]]:
    """Return by idea the rooms that differ from all others, the clearest first."""
    tested = [(idea_id, one) for idea_id, shares in by_idea.items() for one in shares if not one.is_pool]
    p_values = adjusted([_difference(one, by_idea[idea_id]).p_adjusted for idea_id, one in tested])
    found: dict[int, list[Difference]] = {}
    for p_value, (idea_id, room) in sorted(
        zip(p_values, tested, strict=True), key=lambda pair: (pair[0], pair[1][0], pair[1][1].room_ids)
    ):
        named = found.setdefault(idea_id, [])
        taken = {one.room.room_ids for one in named}
        if p_value > FALSE_DISCOVERIES or len(taken) + 1 == len(by_idea[idea_id]):
            continue
        rest = [one for one in by_idea[idea_id] if one.room_ids not in taken]
        if all(_is_apart(_difference(room, among)) for among in (by_idea[idea_id], rest)):
            named.append(replace(_difference(room, by_idea[idea_id]), p_adjusted=p_value))
    return {idea_id: tuple(named) for idea_id, named in found.items()}


def _difference(room: RoomShare, among: Sequence[RoomShare]) -> Difference:
    """Return how a room differs from the others among these, with a p value that is not adjusted yet."""
    agree, n = _together(among, Side.AGREE)
    ours, others = (room.agree, room.votes), (agree - room.agree, n - room.votes)
    share = others[0] / others[1]
    return Difference(room, share, others[1], room.share() - share, newcombe(ours, others), fisher(ours, others))


def _is_apart(found: Difference) -> bool:
    low, high = found.interval
    return found.p_adjusted <= FALSE_DISCOVERIES and not low <= 0 <= high


def _together(shares: Sequence[RoomShare], side: Side) -> tuple[int, int]:
    """Return how many of all people are on this side, of how many."""
    return sum(one.count(side) for one in shares), sum(one.votes for one in shares)


def _clearest_first(idea: IdeaInRooms) -> tuple[int, float, int]:
    if idea.side is not None:
        return 0, -min(one.interval(idea.side)[0] for one in idea.shares), idea.idea_id
    if idea.differences:
        return 1, idea.differences[0].p_adjusted, idea.idea_id
    return 2, -idea.votes, idea.idea_id


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

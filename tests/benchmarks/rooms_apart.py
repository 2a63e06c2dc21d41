"""Errors of what rooms share and where they differ: `python -m tests.benchmarks.rooms_apart [--sessions N]`.

Made sessions of which the truth is known; one JSON line each. `alike`: all rooms have the same share of agreement on an
idea (drawn anew for each idea): the share of sessions that name any difference, and of ideas. `coins`: everybody tosses
a coin: the share of sessions, and of ideas, in which something is called shared. `planted`: on one idea 90 % of one
room agree, and 30 % else: how often that room is named, and the share of others among all that are named.
"""

from __future__ import annotations

import argparse
import json
import time
from random import Random
from typing import Any

from forum.deliberation.joint.rooms_apart import IdeaInRooms, RoomCount, compare_rooms

SEED = 20
PASSES = 0.1  # of the votes


def votes(random: Random, room_id: int, people: int, share: float) -> RoomCount:
    """Return the votes of a room whose people agree with probability `share`, pass with a tenth and else disagree."""
    drawn = [random.random() for _ in range(people)]
    agree = sum(one < share for one in drawn)
    passed = sum(share <= one < min(1.0, share + PASSES) for one in drawn)
    return RoomCount(room_id, agree, people - agree - passed, passed)


def session(random: Random, shares: list[list[float]], people: int) -> list[IdeaInRooms]:
    """Return what is said of a session.

    :param shares: of agreement, by idea and room
    """
    counts = {
        idea_id: [votes(random, room_id, people, share) for room_id, share in enumerate(of_idea)]
        for idea_id, of_idea in enumerate(shares)
    }
    return compare_rooms(counts)


def alike(random: Random, sessions: int, rooms: int, people: int, ideas: int) -> dict[str, Any]:
    found = [session(random, [[random.random()] * rooms for _ in range(ideas)], people) for _ in range(sessions)]
    return _rates(found, lambda idea: bool(idea.differences))


def coins(random: Random, sessions: int, rooms: int, people: int, ideas: int) -> dict[str, Any]:
    found = [session(random, [[0.5] * rooms for _ in range(ideas)], people) for _ in range(sessions)]
    return _rates(found, lambda idea: idea.side is not None)


def planted(random: Random, sessions: int, rooms: int, people: int, ideas: int) -> dict[str, Any]:
    named = others = 0
    for _ in range(sessions):
        shares = [[0.3] * rooms for _ in range(ideas)]
        shares[0][0] = 0.9
        for idea in session(random, shares, people):
            apart = [one.room.room_ids[0] for one in idea.differences]
            named += idea.idea_id == 0 and 0 in apart
            others += sum((idea.idea_id, room_id) != (0, 0) for room_id in apart)
    return {"named": round(named / sessions, 4), "others": round(others / max(1, others + named), 4)}


def _rates(found: list[list[IdeaInRooms]], is_named: Any) -> dict[str, Any]:
    n_ideas = sum(map(len, found))
    n_sessions = sum(any(map(is_named, ideas)) for ideas in found)
    return {
        "of_sessions": round(n_sessions / len(found), 4),
        "of_ideas": round(sum(is_named(idea) for ideas in found for idea in ideas) / n_ideas, 5),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=2_000)
    given = parser.parse_args()
    for rooms, people, ideas in ((2, 8, 10), (3, 12, 10), (10, 12, 12), (10, 15, 30)):
        for measured in (alike, coins, planted):
            began = time.perf_counter()
            said = {"what": measured.__name__, "rooms": rooms, "people": people, "ideas": ideas}
            said |= measured(Random(SEED), given.sessions, rooms, people, ideas)
            print(json.dumps(said | {"seconds": round(time.perf_counter() - began, 1)}), flush=True)


if __name__ == "__main__":
    main()

"""How soon all screens of a joint session learn of a change, and whether they change together.

    python -m tests.benchmarks.rooms [--rooms 100] [--phones 15] [--moves 10]

Gunicorn as in production, over PostgreSQL; every phone is a connection of its own that polls every 1.5 s, each
room has a facilitator's screen and the session a host and a wall that poll every second, all with jitter. The clocks of
the screens are wrong by up to an hour. The generator runs on the same cores. For each move: how long after its commit a
screen had learnt of it, and how far apart the screens stood on the new step. The program ends with 1 if a target is
missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import psutil
from flask import Flask

from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.models import JointSession
from forum.deliberation.joint.moves import move_to, newest_move
from tests.benchmarks import serving
from tests.benchmarks.serving import Connection, Figures, request_bytes
from tests.factories import Factories

PHONE_SECONDS, SCREEN_SECONDS = 1.5, 1.0
JITTER = 0.1
"""A share of the interval by which each pause differs, at random."""
BETWEEN_MOVES = 6.0
TO_LEARN, APART = 2.0, 0.5
"""Targets, in seconds: 95 of 100 screens have learnt of a change; all stand on the new step."""


@dataclass
class Learnt:
    """What the screens noted about one move, in seconds of the generator's own clock."""

    committed: float
    delays: list[float] = field(default_factory=list)
    stood: list[float] = field(default_factory=list)


@dataclass
class Screen:
    """A phone, a facilitator's screen, a host or a wall: polls, and changes when the step begins.

    skew : by how many seconds its clock is wrong
    """

    interval: float
    skew: float
    offset: float = 0.0
    quickest: float = float("inf")
    """The shortest round trip so far: its answer tells the server's clock best."""
    etag: str = ""
    move: int = 0
    errors: int = 0

    def clock(self) -> float:
        """Return its own idea of the time, in seconds since 1970."""
        return time.time() + self.skew

    async def run(self, port: int, path: str, until: float, moves: dict[int, Learnt], figures: Figures) -> None:
        chance, connection = random.Random(), Connection(port)
        await asyncio.sleep(chance.random() * self.interval)
        while time.perf_counter() < until:
            await self._ask(connection, path, moves, figures)
            await asyncio.sleep(self.interval * (1 + JITTER * (2 * chance.random() - 1)))
        connection.close()

    async def _ask(self, connection: Connection, path: str, moves: dict[int, Learnt], figures: Figures) -> None:
        headers = {"If-None-Match": self.etag} if self.etag else {}
        sent, asked = self.clock(), time.perf_counter()
        try:
            status, head, body = await connection.ask(request_bytes("GET", path, headers))
        except (OSError, asyncio.IncompleteReadError) as error:
            figures.errors[type(error).__name__] = figures.errors.get(type(error).__name__, 0) + 1
            connection.close()
            return
        now = time.perf_counter()
        figures.latencies.append((now - asked) * 1000)
        if status not in {200, 304}:
            figures.errors[str(status)] = figures.errors.get(str(status), 0) + 1
            return
        told = re.search(rb"(?i)x-forum-time: (\d+)", head)
        if told and now - asked < self.quickest:  # half of the way there and back
            self.quickest = now - asked
            self.offset = int(told[1]) / 1000 - (sent + self.quickest / 2)
        if status == 200:
            found = re.search(rb'(?i)etag: ("[^"]+")', head)
            self.etag = found[1].decode() if found else ""
            self._learn(json.loads(body), now, moves)

    def _learn(self, state: dict[str, Any], now: float, moves: dict[int, Learnt]) -> None:
        if state["move"] == self.move or state["step"] is None:
            return
        self.move = state["move"]
        move = moves.get(self.move)
        if move is None:
            return  # of before the run
        move.delays.append(now - move.committed)
        wait = state["step"]["begins"] / 1000 - (self.clock() + self.offset)
        move.stood.append(now + max(wait, 0.0))


def fill(rooms: int) -> int:
    """A running joint session of so many rooms. :return: its id"""
    make = Factories()
    campaign = make.campaign()
    host = make.facilitator()
    gatherings: list[Gathering] = [make.gathering(host, state="RUNNING", campaign=campaign) for _n in range(rooms)]
    session = make.joint_session(gatherings, host=host)
    db.session.commit()
    return int(session.id)


def make_move(session_id: int, position: int) -> tuple[int, float]:
    """Move the session as its host does. :return: number of the move, and when it was committed"""
    session = db.session.get_one(JointSession, session_id)
    newest = newest_move(session_id)
    move = move_to(session, position, session.host, newest.number if newest else 0)
    number = move.number
    db.session.commit()
    done = time.perf_counter()
    db.session.remove()
    return number, done


async def watch(
    app: Flask, port: int, session_id: int, options: argparse.Namespace
) -> tuple[dict[int, Learnt], Figures]:
    """Let all screens poll while the host moves the session."""
    chance = random.Random(2050)
    screens = [Screen(PHONE_SECONDS, chance.uniform(-3600, 3600)) for _n in range(options.rooms * options.phones)]
    screens += [Screen(SCREEN_SECONDS, chance.uniform(-3600, 3600)) for _n in range(options.rooms + 2)]
    moves: dict[int, Learnt] = {}
    figures = Figures()
    began = time.perf_counter()
    until = began + 3 + BETWEEN_MOVES * options.moves
    path = f"/joint/{session_id}/state.json"
    running = [asyncio.create_task(screen.run(port, path, until, moves, figures)) for screen in screens]
    await asyncio.sleep(3)
    for n in range(options.moves):
        newest = await asyncio.to_thread(_next_number, app, session_id)
        moves[newest] = Learnt(time.perf_counter())  # learnt of before `make_move` has returned
        _number, moves[newest].committed = await asyncio.to_thread(_in_context, app, session_id, 1 + n % 6)
        await asyncio.sleep(BETWEEN_MOVES)
    await asyncio.gather(*running)
    figures.seconds = time.perf_counter() - began
    return moves, figures


def _next_number(app: Flask, session_id: int) -> int:
    with app.app_context():
        newest = newest_move(session_id)
        return newest.number + 1 if newest else 1


def _in_context(app: Flask, session_id: int, position: int) -> tuple[int, float]:
    with app.app_context():
        return make_move(session_id, position)


def cpu_of(port: int) -> float:
    """Return how many seconds of processor time the processes that serve this port have used."""
    used = 0.0
    for process in psutil.process_iter(["cmdline"]):
        if f":{port}" in " ".join(process.info["cmdline"] or ()):
            times = process.cpu_times()
            used += times.user + times.system
    return used


def report(moves: dict[int, Learnt], figures: Figures, n_screens: int) -> bool:
    """Print what was seen. :return: whether the targets were met"""
    delays = sorted(delay for move in moves.values() for delay in move.delays)
    apart = [max(move.stood) - min(move.stood) for move in moves.values() if move.stood]
    missed = sum(n_screens - len(move.delays) for move in moves.values())
    p95 = delays[int(0.95 * len(delays))] if delays else float("inf")
    print(figures.line(f"polls of {n_screens} screens"))
    middle = statistics.median(delays) if delays else float("nan")
    print(f"a change is learnt of: p50 {middle:.2f} s, p95 {p95:.2f} s, last {delays[-1] if delays else 0:.2f} s")
    print(f"all stand on the new step within: median {statistics.median(apart):.3f} s, worst {max(apart):.3f} s")
    print(f"screens that missed a move: {missed}")
    return p95 <= TO_LEARN and max(apart) <= APART and not missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--phones", type=int, default=15, help="in each room")
    parser.add_argument("--moves", type=int, default=10)
    options = parser.parse_args()
    with serving.database() as base, serving.forum(base.url) as app:
        base.prepare(app)
        session_id = fill(options.rooms)
        serving.analyse_tables(base.url)
        with serving.gunicorn("wsgi:app", {"DATABASE_URL": base.url}) as port:
            before = cpu_of(port)
            moves, figures = asyncio.run(watch(app, port, session_id, options))
            print(f"processor time of the server: {(cpu_of(port) - before) / figures.seconds:.2f} cores")
    n_screens = options.rooms * (options.phones + 1) + 2
    return 0 if report(moves, figures, n_screens) else 1


if __name__ == "__main__":
    sys.exit(main())

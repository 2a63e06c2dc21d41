"""How soon all screens of a joint session learn of a change, and whether what phones sent stands once.

    python -m tests.benchmarks.rooms [--engine postgresql|sqlite] [--rooms 100] [--phones 15] [--moves 8]
                                     [--actions 0] [--cut-off 0] [--drops 0.2] [--kill]

Gunicorn as in production; every phone is a connection of its own that polls every 1.5 s, each room has a facilitator's
screen and the session a host and a wall that poll every second, all with jitter. The clocks of the screens are wrong by
up to an hour. The host moves over HTTP. The generator runs on the same cores. For each move: how long after the host's
press a screen had learnt of it, and how far apart the screens stood on the new step.

--actions N: each phone does N things during the run, ideas and votes. --cut-off N: one room more, without network for
half an hour, whose phones then send N actions at once. --drops: the share of answers that phones do not hear. --kill:
SIGKILL of a web worker in the middle, and later of all of the server, which is started again. The program ends with 1
if a target is missed. Under --kill that is not one of time: each screen has to come back and stand on the newest step.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from flask_migrate import upgrade

from forum.administration.operations.queries import recount
from tests.assault.phones import Phone, Rooms, compare, fill
from tests.benchmarks import serving
from tests.benchmarks.serving import Connection, Figures, request_bytes

PHONE_SECONDS, SCREEN_SECONDS = 1.5, 1.0
JITTER = 0.1
"""A share of the interval by which each pause differs, at random."""
BETWEEN_MOVES = 6.0
TO_LEARN, APART = 2.0, 0.5
"""Targets, in seconds: 95 of 100 screens have learnt of a change; all stand on the new step."""


@dataclass
class Learnt:
    """What the screens noted about one move, in seconds of the generator's own clock.

    pressed : when the host sent it
    answered : how long after that the host was told that it stands
    """

    pressed: float
    answered: float = 0.0
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

    async def run(self, port: int, path: str, over: asyncio.Event, moves: dict[int, Learnt], figures: Figures) -> None:
        chance, connection = random.Random(), Connection(port)
        await asyncio.sleep(chance.random() * self.interval)
        while not over.is_set():
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
        move.delays.append(now - move.pressed)
        wait = state["step"]["begins"] / 1000 - (self.clock() + self.offset)
        move.stood.append(now + max(wait, 0.0))


class Server:
    """Gunicorn with the project's own settings on one port, which may be killed and started again."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port, self.log = serving.free_port(), folder / "gunicorn.log"
        # Here all rooms have one address; on the day each has its own.
        wide = {"IDEA_LIMIT_PER_NETWORK": "1000000 per minute", "DATABASE_URL": url}
        self.environ = os.environ | serving.SETTINGS | wide | {"FORUM_INSTANCE_DIR": str(folder)}
        self.process: subprocess.Popen[bytes] | None = None
        self.used = 0.0

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", str(serving.ROOT / "gunicorn.conf.py")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "-b", f"{serving.HOST}:{self.port}", "wsgi:app"],
                cwd=serving.ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
            )
        serving._wait_for(self.port, self.process)

    def everyone(self) -> list[psutil.Process]:
        """Return gunicorn's master and its living workers, the master first."""
        assert self.process is not None
        master = psutil.Process(self.process.pid)
        return [master, *(one for one in master.children() if one.status() != "zombie")]

    def cpu(self) -> float:
        """Return how many seconds of processor time it has used, without killed workers."""
        return self.used + sum(sum(one.cpu_times()[:2]) for one in self.everyone())

    def kill_one(self) -> None:
        self.everyone()[-1].kill()

    def kill_all(self) -> None:
        """Send SIGKILL to the master and all workers."""
        assert self.process is not None
        self.used = self.cpu()
        everyone = self.everyone()
        for one in everyone:
            one.kill()
        self.process.wait()
        psutil.wait_procs(everyone[1:], timeout=10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)


class Day:
    """A session under way: its screens, its host, its phones."""

    def __init__(self, server: Server, rooms: Rooms, options: argparse.Namespace) -> None:
        self.server, self.rooms, self.options = server, rooms, options
        self.moves: dict[int, Learnt] = {}
        self.figures, self.back, self.cut_seconds = Figures(), 0.0, 0.0
        chance = random.Random(2050)
        phones = [Screen(PHONE_SECONDS, chance.uniform(-3600, 3600)) for _n in range(options.rooms * options.phones)]
        others = [Screen(SCREEN_SECONDS, chance.uniform(-3600, 3600)) for _n in range(options.rooms + 2)]
        self.screens = phones + others

    @property
    def live(self) -> list[Phone]:
        return [phone for room in self.rooms.phones[: self.options.rooms] for phone in room]

    @property
    def cut_off(self) -> list[Phone]:
        return [phone for room in self.rooms.phones[self.options.rooms :] for phone in room]

    async def run(self) -> None:
        began, over = time.perf_counter(), asyncio.Event()
        seconds = 3 + BETWEEN_MOVES * self.options.moves
        path = f"/joint/{self.rooms.session_id}/state.json"
        running = [
            asyncio.create_task(one.run(self.server.port, path, over, self.moves, self.figures)) for one in self.screens
        ]
        running += [asyncio.create_task(self._act(phone, seconds)) for phone in self.live]
        await asyncio.sleep(3)
        for n in range(self.options.moves):
            await self._move(n)
            if n == self.options.moves // 3 and self.cut_off:
                running.append(asyncio.create_task(self._come_back()))
            await asyncio.sleep(BETWEEN_MOVES / 6)
            if self.options.kill and n == self.options.moves // 3:
                self.server.kill_one()
            if self.options.kill and n == self.options.moves // 2:
                await self._restart()
            await asyncio.sleep(5 * BETWEEN_MOVES / 6)
        over.set()
        await asyncio.gather(*running)
        self.figures.seconds = time.perf_counter() - began

    async def _move(self, n: int) -> None:
        """Press as the host does, until it is acknowledged; write and vote in turn where phones act."""
        position = (3, 5)[n % 2] if self.options.actions or self.cut_off else 1 + n % 6
        self.moves[n + 1] = Learnt(time.perf_counter())  # a screen may learn of it before the host does
        connection, path = Connection(self.server.port), f"/joint/{self.rooms.session_id}/moves"
        while True:
            try:
                said = await connection.ask(self.rooms.host.post_form(path, seen=n, position=position))
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.2)
                continue
            if said[0] in {303, 409}:  # 409: an answer was lost, and the move stands
                break
            if said[0] != 503:
                raise RuntimeError(f"the host was refused: {said[0]} {said[2][:500]!r}")
        self.moves[n + 1].answered = time.perf_counter() - self.moves[n + 1].pressed
        connection.close()

    async def _act(self, phone: Phone, seconds: float) -> None:
        """Do things at random moments of the run, each sent at once."""
        moments = sorted(phone.chance.uniform(1, seconds - 3) for _n in range(self.options.actions))
        before = 0.0
        for moment in moments:
            await asyncio.sleep(max(moment - before, 0))
            began = time.perf_counter()
            phone.act("idea" if phone.chance.random() < 0.2 else "vote")
            await phone.send(self.server.port)
            before = moment + time.perf_counter() - began

    async def _come_back(self) -> None:
        """Let all phones of the room that was cut off send half an hour's actions at once."""
        phones, began = self.cut_off, time.perf_counter()
        for n in range(self.options.cut_off):
            phone = phones[n % len(phones)]
            phone.act("idea" if n < 3 * len(phones) else "vote", phone.chance.uniform(0, 1800))
        await asyncio.gather(*(phone.send(self.server.port) for phone in phones))
        self.cut_seconds = time.perf_counter() - began

    async def _restart(self) -> None:
        began = time.perf_counter()
        await asyncio.to_thread(self.server.kill_all)
        await asyncio.to_thread(self.server.start)
        self.back = time.perf_counter() - began


@contextmanager
def database(engine: str) -> Iterator[str]:
    """An empty database on PostgreSQL, or a SQLite file on the disk. :return: its URL"""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="forum-bench-") as folder:
            yield f"sqlite:///{folder}/forum.sqlite"
    else:
        with serving.database() as base:
            yield base.url


def report(day: Day) -> bool:
    """Print what screens saw. :return: whether the targets were met"""
    moves = day.moves
    delays = sorted(delay for move in moves.values() for delay in move.delays)
    apart = [max(move.stood) - min(move.stood) for move in moves.values() if move.stood] or [float("inf")]
    p95 = delays[int(0.95 * len(delays))] if delays else float("inf")
    middle = statistics.median(delays) if delays else float("nan")
    print(day.figures.line(f"polls of {len(day.screens)} screens"))
    presses = [move.answered for move in moves.values()]
    print(f"the host's press is answered: median {statistics.median(presses):.2f} s, worst {max(presses):.2f} s")
    print(f"a change is learnt of: p50 {middle:.2f} s, p95 {p95:.2f} s, last {delays[-1] if delays else 0:.2f} s")
    print(f"all stand on the new step within: median {statistics.median(apart):.3f} s, worst {max(apart):.3f} s")
    missed = sum(len(day.screens) - len(move.delays) for move in moves.values())
    behind = sum(screen.move != max(moves) for screen in day.screens)
    print(f"moves that a screen missed: {missed}; screens that do not stand on the newest step: {behind}")
    if day.options.kill:
        print(f"the server was away for {day.back:.1f} s")
        return not behind
    return p95 <= TO_LEARN and max(apart) <= APART and not missed and not day.figures.errors


def judge(day: Day) -> bool:
    """Print what became of the actions. :return: whether each stands as its phone was told"""
    phones = day.live + day.cut_off
    verdict = compare(phones)
    answers = sum((phone.answers for phone in phones), Counter[str]())
    unsound = [line for finding in recount() for line in finding.differences]
    print(f"actions: {dict(verdict.told)}; answers {dict(answers)}, {sum(phone.dropped for phone in phones)} not heard")
    if day.cut_off:
        print(f"the room that was cut off: {day.options.cut_off} actions, all acknowledged in {day.cut_seconds:.1f} s")
    print(f"unanswered {verdict.unanswered}, lost {verdict.lost}, doubled {verdict.doubled}")
    print(f"the forum's own recount: {unsound or 'clean'}")
    for example in verdict.examples:
        print(example)
    return verdict.is_clean and not unsound and not answers["500"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--phones", type=int, default=15, help="in each room")
    parser.add_argument("--moves", type=int, default=8)
    parser.add_argument("--actions", type=int, default=0, help="of each phone")
    parser.add_argument("--cut-off", type=int, default=0, help="actions of the room that was cut off")
    parser.add_argument("--drops", type=float, default=0.2)
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    with database(options.engine) as url, serving.forum(url), tempfile.TemporaryDirectory() as folder:
        upgrade()
        tables = [max(options.actions, 1)] * options.rooms + [options.cut_off // options.phones + 1]
        n_rooms = options.rooms + bool(options.cut_off)
        rooms = fill(n_rooms, options.phones, tables[:n_rooms], options.drops)
        if options.engine == "postgresql":
            serving.analyse_tables(url)
        server = Server(url, Path(folder))
        try:
            server.start()
            day, before = Day(server, rooms, options), server.cpu()
            asyncio.run(day.run())
            print(f"processor time of the server: {(server.cpu() - before) / day.figures.seconds:.2f} cores")
        finally:
            server.stop()
        is_met = report(day)
        return 0 if judge(day) and is_met else 1


if __name__ == "__main__":
    sys.exit(main())

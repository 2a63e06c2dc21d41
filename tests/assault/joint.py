"""Kill web workers while a joint session is moved by two people, phones act, and a facilitator decides what came late.

Three ledgers are compared with the database: what phones were told of their actions (`phones.compare`), the moves that
the host and an admin were told they had made, and the late actions that the facilitator was told had been accepted.

Two controls show that it finds what it looks for: a forum without keys must double, one that answers before it commits
must lose.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from forum import create_app
from forum.administration.operations.services import prepare_database
from forum.core.extensions import db
from forum.deliberation.joint.models import ActionState, JointMove, RoomAction
from tests.assault.kills import CHECKS, FORUM, exit_code
from tests.assault.phones import Browser, Phone, Rooms, Verdict, compare, fill
from tests.assault.postgres import OwnPostgres
from tests.assault.service import TIMEOUT_SECONDS, Service, Web, wait_for
from tests.benchmarks.serving import Connection

ROOMS, PHONES, IDEAS = 3, 4, 60
WRITING = 3
"""The step in which everybody stands: votes come late there, and wait for the facilitator."""
DROPS, CONTROL_DROPS = 0.2, 0.5
TOLD_BETWEEN = 10
"""Actions that are acknowledged between two kills, at least."""
WITHOUT_KEYS, EARLY = "tests.assault.broken_rooms:without_keys()", "tests.assault.broken_rooms:early()"
SETTINGS = {"IDEA_LIMIT_PER_PERSON": "100000 per minute", "IDEA_LIMIT_PER_NETWORK": "100000 per minute"}


@dataclass
class Host:
    """Somebody who moves the session. `told`: (number, position) of moves that were acknowledged; `asked`: of all."""

    browser: Browser
    asked: set[tuple[int, int]] = field(default_factory=set)
    told: set[tuple[int, int]] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)


@dataclass
class JointReport:
    """Result of the attack. `is_clean`: nothing was lost, doubled or broken."""

    name: str
    kills: int
    verdict: Verdict
    moves: int
    wrong_moves: int
    """Numbers left out, acknowledged moves that do not stand, and standing ones that nobody asked for."""
    accepted: int
    wrong_accepted: int
    answers: Counter[str]
    checks: dict[str, int]
    seconds: float

    @property
    def is_clean(self) -> bool:
        wrong = self.wrong_moves + self.wrong_accepted + self.answers["500"]
        return self.verdict.is_clean and not wrong and not any(self.checks.values())

    def as_json(self) -> dict[str, object]:
        told = self.verdict
        return {
            "assault": self.name,
            "clean": self.is_clean,
            "kills": self.kills,
            "seconds": round(self.seconds, 1),
            "told": dict(told.told),
            "unanswered": told.unanswered,
            "lost": told.lost,
            "doubled": told.doubled,
            "examples": told.examples,
            "moves": self.moves,
            "wrong_moves": self.wrong_moves,
            "accepted": self.accepted,
            "wrong_accepted": self.wrong_accepted,
            "answers": dict(self.answers.most_common()),
            "checks": self.checks,
        }


class Attack:
    """Everybody at work on one running forum."""

    def __init__(self, service: Service, web: Web, rooms: Rooms, kills: int, pause: float) -> None:
        self.service, self.web, self.rooms, self.kills, self.pause = service, web, rooms, kills, pause
        self.hosts = [Host(rooms.host), Host(rooms.admin)]
        self.accepted: set[tuple[int, str]] = set()
        self.answers: Counter[str] = Counter()
        self.is_over, self.killed = False, 0

    @property
    def phones(self) -> list[Phone]:
        return [phone for room in self.rooms.phones for phone in room]

    async def run(self) -> None:
        working = [self._move(host, n) for n, host in enumerate(self.hosts)]
        working += [self._act(phone) for phone in self.phones]
        working += [self._decide(room[0].gathering_id) for room in self.rooms.phones]
        await asyncio.gather(self._kill(), *working)

    async def _kill(self) -> None:
        """Kill one worker after another; before each, and after the last one, the forum is at work."""
        choose = random.Random(20)
        for _n in range(self.kills):
            await self._wait_for_answers()
            await asyncio.sleep(self.pause * choose.uniform(0.2, 1.0))
            self.killed += bool(self.web.kill_one(choose))
        await self._wait_for_answers()
        await asyncio.sleep(self.pause)
        self.is_over = True

    async def _wait_for_answers(self) -> None:
        """Wait until phones were told of more actions: on a busy machine it takes a new worker long to start.

        :raise TimeoutError: they were not
        """
        wanted, until = self._n_told() + TOLD_BETWEEN, time.monotonic() + TIMEOUT_SECONDS
        while self._n_told() < wanted:
            if time.monotonic() > until:
                raise TimeoutError(f"waited {TIMEOUT_SECONDS} s for {TOLD_BETWEEN} actions to be acknowledged")
            await asyncio.sleep(0.05)

    def _n_told(self) -> int:
        return sum(bool(one.told) for phone in self.phones for one in phone.kept)

    async def _ask(self, connection: Connection, request: bytes) -> tuple[int, bytes]:
        """Send a request until it is answered; 503 means "try again"."""
        while True:
            try:
                status, _head, body = await asyncio.wait_for(connection.ask(request), 35)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.answers[type(error).__name__] += 1
                connection.close()
                await asyncio.sleep(0.1)
                continue
            self.answers[str(status)] += 1
            if status != 503:
                return status, body
            await asyncio.sleep(0.3)

    async def _move(self, host: Host, n: int) -> None:
        """Move again and again from where all stand, at the same time as the other host."""
        connection, path = Connection(self.service.port), f"/joint/{self.rooms.session_id}"
        while not self.is_over:
            _status, body = await self._ask(connection, host.browser.get(f"{path}/state.json"))
            seen = json.loads(body)["move"]
            move = (seen + 1, WRITING)
            host.asked.add(move)
            form = host.browser.post_form(f"{path}/moves", seen=seen, position=move[1])
            if (await self._ask(connection, form))[0] == 303:
                host.told.add(move)
            await asyncio.sleep(0.6 - time.monotonic() % 0.5)  # both at the same moments
        connection.close()

    async def _act(self, phone: Phone) -> None:
        while not self.is_over:
            for _n in range(phone.chance.randint(1, 4)):
                phone.act("idea" if phone.chance.random() < 0.3 else "vote", phone.chance.uniform(0, 600))
            await phone.send(self.service.port)
            await asyncio.sleep(phone.chance.uniform(0.3, 1.0))

    async def _decide(self, gathering_id: int) -> None:
        """Accept whatever came late."""
        connection, path = Connection(self.service.port), f"/gatherings/{gathering_id}/late"
        browser = self.rooms.facilitator
        while not self.is_over:
            _status, body = await self._ask(connection, browser.get(path))
            found = re.findall(rb'name="(entry|key)"[^>]*?value="([^"]+)"', body)
            values = [value.decode() for _name, value in found]
            for entry, key in sorted(set(zip(values[::2], values[1::2], strict=True)))[:5]:
                form = browser.post_form(path, entry=entry, key=key, answer="accept")
                if (await self._ask(connection, form))[0] in {303, 409}:  # 409: an answer was lost; nobody else decides
                    self.accepted.add((int(entry), key))
            await asyncio.sleep(0.5)
        connection.close()


def attack_joint(
    kills: int, pause: float = 3.0, workers: int = 3, app: str = FORUM, engine: str = "postgresql"
) -> JointReport:
    """Kill so many web workers, each up to `pause` seconds after phones were told of `TOLD_BETWEEN` more actions.

    :param app: what gunicorn serves; a control is not asked whether its database is sound
    :param engine: "postgresql" or "sqlite"
    """
    begun = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-assault-")))
        server = OwnPostgres() if engine == "postgresql" else None
        if server is not None:
            stack.callback(server.close)
        service = Service(server.url if server else "", folder, **SETTINGS)
        stack.callback(service.close)
        with create_app(service.config).app_context():
            prepare_database()
            rooms = fill(ROOMS, PHONES, [IDEAS] * ROOMS, DROPS if app == FORUM else CONTROL_DROPS)
            db.session.remove()
            attack = Attack(service, service.web(workers, app), rooms, kills, pause)
            asyncio.run(attack.run())
            wait_for(lambda: service.status("/readyz") == 200, "the web to recover by itself")
            verdict = compare(attack.phones)
            while app == EARLY and verdict.lost:  # give it time to write all that it still holds
                time.sleep(8)
                before, verdict = verdict, compare(attack.phones)
                if before.lost == verdict.lost:
                    break
            moves, wrong_moves = _compare_moves(rooms.session_id, attack.hosts)
            wrong_accepted = _n_not_accepted(attack.accepted)
            db.session.remove()
            db.engine.dispose()
        answers = sum((phone.answers for phone in attack.phones), attack.answers)
        checks = {" ".join(words): exit_code(service, *words) for words in CHECKS if app == FORUM}
        if server is not None:
            checks["pg_amcheck"] = int(not server.is_whole())
        if answers["500"]:
            print(service.tracebacks("web"))
        return JointReport(
            f"joint, {engine}" + ("" if app == FORUM else f", control {app.partition(':')[2].removesuffix('()')}"),
            attack.killed,
            verdict,
            moves,
            wrong_moves,
            len(attack.accepted),
            wrong_accepted,
            answers,
            checks,
            time.monotonic() - begun,
        )


def _compare_moves(session_id: int, hosts: Sequence[Host]) -> tuple[int, int]:
    """Return how many moves stand, and how many of the ledgers and the log disagree."""
    query = sa.select(JointMove.number, JointMove.position).where(JointMove.session_id == session_id)
    stand = [(number, position) for number, position in db.session.execute(query.order_by(JointMove.number))]
    numbers = [number for number, _position in stand]
    told = [move for host in hosts for move in host.told]  # a list: no move is two people's
    asked = {move for host in hosts for move in host.asked}
    doubled = len(told) - len(set(told))
    left_out = int(numbers != list(range(1, len(numbers) + 1)))
    return len(stand), doubled + left_out + len(set(told) - set(stand)) + len(set(stand) - asked)


def _n_not_accepted(accepted: set[tuple[int, str]]) -> int:
    query = sa.select(RoomAction.entry_id, RoomAction.key).where(RoomAction.state == ActionState.ACCEPTED)
    stand = {(entry_id, key) for entry_id, key in db.session.execute(query.order_by(RoomAction.key))}
    return len(accepted - stand)

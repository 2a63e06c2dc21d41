"""Phones of guests in the rooms of a joint session, and what of their actions stands in the database.

Each action has a key. A phone sends what waits in batches, put together anew at each attempt, until each action is
acknowledged; of some answers it learns nothing, as on a bad network. Nobody votes on an idea twice, so an action that
was done must have exactly one row, and exactly one idea or vote with one event.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask, current_app
from itsdangerous import URLSafeTimedSerializer

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.joint.models import ActionState, RoomAction
from forum.deliberation.rooms.models import IdeaRoom
from forum.people.accounts.models import Account
from forum.people.passes.codes import new_code
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote, VoteEvent
from tests.benchmarks.serving import Connection, request_bytes
from tests.factories import Factories

BATCH = 10
GIVE_UP_SECONDS = 180.0  # a phone itself never does
FIRST_PAUSE, LONGEST_OF_BUSY, POLL_SECONDS = 2.0, 16.0, 1.5
"""As in static/js/kept.js and room.js."""
LETTERS = str.maketrans("0123456789-", "ghijklmnopq")  # digits of a title could look like somebody's number


@dataclass
class Browser:
    """What the requests of somebody carry who is signed in or holds a pass."""

    cookie: str
    token: str

    @classmethod
    def of(cls, app: Flask, **session: object) -> Browser:
        """Seal a session with the forum's own key: the pages that begin one have tests of their own."""
        raw = secrets.token_hex(20)
        seal = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        cookie = f"{app.config['SESSION_COOKIE_NAME']}={seal.dumps(session | {'csrf_token': raw})}"
        return cls(cookie, str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw)))

    @classmethod
    def of_account(cls, app: Flask, account: Account) -> Browser:
        return cls.of(app, _user_id=account.fs_uniquifier, _fresh=True)

    def post_json(self, path: str, body: object) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": self.token}
        return request_bytes("POST", path, headers, json.dumps(body).encode(), self.cookie)

    def post_form(self, path: str, **values: object) -> bytes:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(values | {"csrf_token": self.token}).encode()
        return request_bytes("POST", path, headers, body, self.cookie)

    def get(self, path: str) -> bytes:
        return request_bytes("GET", path, cookie=self.cookie)


@dataclass
class Kept:
    """An action on a phone. `told`: what its first acknowledgement said became of it; empty until then."""

    key: str
    kind: str
    done_at: float
    idea: int | None = None
    value: int | None = None
    told: str = ""

    @property
    def title(self) -> str:
        return f"제안 {self.key.translate(LETTERS)}"

    def as_json(self) -> dict[str, Any]:
        said: dict[str, Any] = {"key": self.key, "kind": self.kind, "age": time.time() - self.done_at, "move": None}
        if self.kind == "idea":
            return said | {"title": self.title, "body": "저녁에도 버스가 자주 오면 좋겠습니다."}
        return said | {"idea": self.idea, "value": self.value}


@dataclass
class Phone:
    """A guest's phone.

    table : ideas of the room on which the guest has not voted
    drops : share (0..1) of answers that do not reach the phone
    dropped : how many did not
    """

    gathering_id: int
    entry: int
    entry_id: int
    participant_id: int
    browser: Browser
    table: list[int]
    chance: random.Random
    drops: float = 0.0
    kept: list[Kept] = field(default_factory=list)
    dropped: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    told_to_wait: list[float] = field(default_factory=list)
    """What `Retry-After` said each time, in seconds."""

    def act(self, kind: str, age: float = 0.0) -> None:
        """Do something on the phone, so many seconds ago; a vote only while an idea is left."""
        made = Kept(str(uuid.UUID(int=self.chance.getrandbits(128), version=4)), kind, time.time() - age)
        if kind == "vote":
            if not self.table:
                return
            made.idea, made.value = self.table.pop(), self.chance.choice((1, 0, -1))
        self.kept.append(made)

    async def send(self, port: int) -> bool:
        """Send what waits until all of it is acknowledged; False if it is given up.

        The pauses are those of static/js/kept.js: after a 503 the seconds it says and up to `pause` more; after a lost
        answer until a poll of the phone is answered.
        """
        connection, until, pause = Connection(port), time.monotonic() + GIVE_UP_SECONDS, FIRST_PAUSE
        while waiting := [one for one in self.kept if not one.told]:
            if time.monotonic() > until:
                return False
            self.chance.shuffle(waiting)
            told = await self._send(connection, waiting[:BATCH])
            if told is None:
                pause = FIRST_PAUSE
            elif told:
                await asyncio.sleep(told + self.chance.uniform(0, pause))
                pause = min(2 * pause, LONGEST_OF_BUSY)
            else:
                await asyncio.sleep(self.chance.uniform(0, POLL_SECONDS))
        connection.close()
        return True

    async def _send(self, connection: Connection, batch: list[Kept]) -> float | None:
        """Send these, and note what is answered.

        :return: None when they are acknowledged; else after how many seconds to come again, 0 if no answer says that
        """
        body = {"entry": self.entry, "actions": [one.as_json() for one in batch]}
        request = self.browser.post_json(f"/gatherings/{self.gathering_id}/room/actions", body)
        try:
            status, head, text = await asyncio.wait_for(connection.ask(request), 35)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.answers[type(error).__name__] += 1
            connection.close()
            return 0.0
        self.answers[str(status)] += 1
        if status == 200 and self.chance.random() < self.drops:
            self.dropped += 1
            connection.close()
            return 0.0
        if status != 200:
            told = re.search(rb"(?i)retry-after: (\d+)", head)
            self.told_to_wait += [float(told[1])] if told else []
            return float(told[1]) if told else 0.0
        for one, said in zip(batch, json.loads(text)["actions"], strict=True):
            if said["key"] != one.key:
                raise RuntimeError(f"asked for {one.key}, got {said}")
            one.told = said.get("was", said["status"])
        return None


@dataclass
class Rooms:
    """A running joint session that stands before its first step."""

    session_id: int
    host: Browser
    admin: Browser
    facilitator: Browser
    phones: list[list[Phone]]
    """By room."""


def fill(rooms: int, phones: int, tables: Iterable[int], drops: float = 0.0) -> Rooms:
    """Add a joint session with so many rooms and checked-in phones in each. The caller has pushed the application.

    :param tables: how many ideas lie on each room's table
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    make, chance = Factories(), random.Random(2050)
    campaign, host, facilitator, admin = make.campaign(), make.facilitator(), make.facilitator(), make.admin()
    gatherings = [make.gathering(facilitator, state="RUNNING", campaign=campaign, seats=phones) for _n in range(rooms)]
    before = clock.now() - timedelta(hours=3)
    found = []
    for gathering, n_ideas in zip(gatherings, tables, strict=True):
        table = [make.room_idea(gathering, created_at=before).id for _n in range(n_ideas)]
        room = []
        for _n in range(phones):
            code = new_code()
            guest = make.guest(code=code, admitted_at=before)
            entry = make.entry(gathering, guest)
            own = chance.sample(table, len(table))
            browser = Browser.of(app, guest_pass=code)
            seed = random.Random(chance.random())
            room.append(Phone(gathering.id, entry.number, entry.id, guest.participant.id, browser, own, seed, drops))
        found.append(room)
    session = make.joint_session(gatherings, host=host)
    make.vouch()
    hosts, admins, facilitators = (Browser.of_account(app, one) for one in (host, admin, facilitator))
    made = Rooms(session.id, hosts, admins, facilitators, found)
    db.session.commit()
    return made


@dataclass
class Verdict:
    """What became of the actions.

    told : by what phones were told
    unanswered : never acknowledged
    lost : acknowledged, and not in the database as it was told
    doubled : standing more than once, or standing though refused or waiting
    """

    told: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    lost: int = 0
    doubled: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.unanswered == self.lost == self.doubled == 0


STATES = {
    "done": (ActionState.DONE, ActionState.ACCEPTED),  # accepted before the phone heard anything
    "late": (ActionState.LATE, ActionState.ACCEPTED),
    "refused": (),
}


def compare(phones: Iterable[Phone]) -> Verdict:
    """Compare what the phones were told with the database."""
    db.session.rollback()
    rows = {(one.entry_id, one.key): one for one in db.session.scalars(sa.select(RoomAction).order_by(RoomAction.key))}
    cast = sa.select(VoteEvent.participant_id, VoteEvent.idea_id).order_by(VoteEvent.id)
    of_pair = Counter((participant, idea) for participant, idea in db.session.execute(cast))
    votes = {
        (participant, idea): value
        for participant, idea, value in db.session.execute(
            sa.select(Vote.participant_id, Vote.idea_id, Vote.value).order_by(Vote.idea_id, Vote.participant_id)
        )
    }
    written = sa.select(Idea.title, IdeaRoom.gathering_id).outerjoin(IdeaRoom, IdeaRoom.idea_id == Idea.id)
    ideas = Counter((title, room) for title, room in db.session.execute(written.order_by(Idea.id)))
    verdict = Verdict()
    for phone in phones:
        for one in phone.kept:
            verdict.told[one.told] += 1
            if not one.told:
                verdict.unanswered += 1
                continue
            row = rows.get((phone.entry_id, one.key))
            wanted = int(row is not None and row.state in {ActionState.DONE, ActionState.ACCEPTED})
            is_there = row.state in STATES[one.told] if row else one.told == "refused"
            if one.kind == "idea":
                found = ideas[one.title, phone.gathering_id]
            else:
                pair = (phone.participant_id, one.idea or 0)
                found = of_pair[pair]
                is_there = is_there and (not wanted or votes.get(pair) == one.value)
            lost, doubled = int(not is_there or found < wanted), max(found - wanted, 0)
            if lost or doubled:
                verdict.examples.append(f"{one} of {phone.participant_id}: {row and row.state}, stands {found} times")
            verdict.lost, verdict.doubled = verdict.lost + lost, verdict.doubled + doubled
    verdict.examples = verdict.examples[:5]
    return verdict

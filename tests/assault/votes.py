"""Voters who vote without pause and record, outside the system, which votes were acknowledged.

`compare` compares that ledger with the database. Each person casts one vote after the other, and retries each until it
is acknowledged; each vote differs from the previous one on the same idea. So the acknowledged votes of a person on an
idea must be exactly the rows in `vote_event`, in that order: a missing one was lost, an additional one was doubled.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from forum import create_app
from forum.administration.operations.services import prepare_database
from forum.core.extensions import db
from forum.voice.votes.models import Vote, VoteEvent
from tests.assault.service import Service
from tests.factories import Factories

VALUES = (1, 0, -1, None)
Pair = tuple[int, int]  # (idea, participant)


class Ledger:
    """A file of JSON lines; each line is on the disk before its writer continues."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8")
        self.acks = 0
        self.last_ack = time.monotonic()
        self.longest_gap = 0.0  # seconds between two acknowledgements of any voters

    def record(self, what: str, idea: int, participant: int, value: int | None) -> None:
        """Append a line.

        :param what: "asked" before the first try, "acked" after the acknowledgement
        """
        line = {"what": what, "idea": idea, "participant": participant, "value": value, "at": time.time()}
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            if what == "acked":
                now = time.monotonic()
                self.longest_gap = max(self.longest_gap, now - self.last_ack)
                self.last_ack, self.acks = now, self.acks + 1

    def close(self) -> None:
        self._file.close()

    def read(self) -> tuple[dict[Pair, list[Any]], dict[Pair, list[Any]]]:
        """Return (acknowledged, requested) votes per idea and participant, in order, from the file."""
        acked, asked = defaultdict(list), defaultdict(list)
        for text in self.path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            (acked if line["what"] == "acked" else asked)[line["idea"], line["participant"]].append(line["value"])
        return acked, asked


@dataclass
class Person:
    """A signed-in participant."""

    participant: int
    cookie: str
    token: str = ""


class Voter(threading.Thread):
    """One person on their own connection who casts votes until `stop`, and finishes the current one."""

    def __init__(self, number: int, person: Person, ideas: Sequence[int], port: int, ledger: Ledger) -> None:
        super().__init__(name=f"voter-{number}", daemon=True)
        self.person, self.ideas, self.port, self.ledger = person, ideas, port, ledger
        self.choose = random.Random(number)
        self.stop = threading.Event()
        self.answers: Counter[str] = Counter()
        self.connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        try:
            self._vote()
        finally:
            self._disconnect()

    def _vote(self) -> None:
        present: dict[int, int | None] = {}
        while not self.stop.is_set():
            idea = self.choose.choice(self.ideas)
            value = self.choose.choice([value for value in VALUES if value != present.get(idea)])
            self.ledger.record("asked", idea, self.person.participant, value)
            if not self._cast(idea, value):
                return
            self.ledger.record("acked", idea, self.person.participant, value)
            present[idea] = value

    def _cast(self, idea: int, value: int | None) -> bool:
        """Send a vote until it is acknowledged; return False a minute after the end of the attack."""
        deadline = None
        while True:
            status, body = self._post(f"/ideas/{idea}/vote", json.dumps({"value": value}))
            self.answers[status] += 1
            if status == "200":
                if body["value"] != value:
                    raise RuntimeError(f"asked for {value}, got {body}")
                return True
            if self.stop.is_set():
                deadline = deadline or time.monotonic() + 60
                if time.monotonic() > deadline:
                    return False
            time.sleep(0.02 + 0.1 * self.choose.random())

    def _post(self, path: str, body: str) -> tuple[str, Any]:
        headers = {
            "Cookie": self.person.cookie,
            "X-CSRFToken": self.person.token,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.connection.request("POST", path, body, headers)
            response = self.connection.getresponse()
            text = response.read()
            return str(response.status), json.loads(text) if response.status == 200 else None
        except (OSError, http.client.HTTPException) as error:
            self._disconnect()
            return type(error).__name__, None

    def _disconnect(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def fill(service: Service, n_people: int, n_ideas: int) -> tuple[list[Person], list[int]]:
    """Migrate the database, add a campaign, ideas and citizens, and sign the citizens in.

    The cookies are made with the forum's key; the sign-in page has tests of its own.
    """
    app = create_app(service.config)
    with app.app_context():
        prepare_database()
        make = Factories()
        campaign = make.campaign()
        ideas = [make.idea(campaign).id for _ in range(n_ideas)]
        citizens = [make.citizen() for _ in range(n_people)]
        make.vouch()
        seal = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        people = [
            Person(citizen.participant.id, f"session={seal.dumps({'_user_id': citizen.fs_uniquifier, '_fresh': True})}")
            for citizen in citizens
        ]
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return people, ideas


def fetch_token(person: Person, port: int, idea: int) -> None:
    """Open an idea's page as a browser does, and store its CSRF token and session."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/ideas/{idea}", headers={"Cookie": person.cookie})
    response = connection.getresponse()
    page = response.read().decode()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    if response.status != 200 or found is None:
        raise RuntimeError(f"no form to vote with: {response.status} {page[:500]}")
    for name, value in response.getheaders():
        if name.lower() == "set-cookie" and value.startswith("session="):
            person.cookie = value.partition(";")[0]
    person.token = found[1]
    connection.close()


@dataclass
class Crowd:
    """All voters of an attack."""

    voters: list[Voter]
    ledger: Ledger

    @classmethod
    def start(cls, service: Service, people: list[Person], ideas: list[int], ledger: Ledger) -> Crowd:
        for person in people:
            fetch_token(person, service.port, ideas[0])
        voters = [Voter(n, person, ideas, service.port, ledger) for n, person in enumerate(people)]
        ledger.last_ack = time.monotonic()
        for voter in voters:
            voter.start()
        return cls(voters, ledger)

    def finish(self) -> Counter[str]:
        """Let all voters finish their current vote.

        :return: number of answers by HTTP status or name of network error
        """
        for voter in self.voters:
            voter.stop.set()
        for voter in self.voters:
            voter.join(120)
        return sum((voter.answers for voter in self.voters), Counter())


@dataclass
class Verdict:
    """How many votes were lost or doubled."""

    acked: int
    lost: int
    doubled: int
    wrong_present: int
    """Pairs whose vote row is neither the last acknowledged vote nor one still in progress."""
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.lost == self.doubled == self.wrong_present == 0


def compare(service: Service, ledger: Ledger) -> Verdict:
    """Compare the ledger with the database, read through a separate engine."""
    acked, asked = ledger.read()
    engine = sa.create_engine(service.config.database_url)
    events, present = defaultdict(list), {}
    with engine.connect() as connection:
        query = sa.select(VoteEvent.idea_id, VoteEvent.participant_id, VoteEvent.value).order_by(VoteEvent.id)
        for idea, participant, value in connection.execute(query):
            events[idea, participant].append(value)
        for idea, participant, value in connection.execute(sa.select(Vote.idea_id, Vote.participant_id, Vote.value)):
            present[idea, participant] = value
    engine.dispose()
    verdict = Verdict(sum(map(len, acked.values())), 0, 0, 0)
    for pair in asked.keys() | events.keys() | present.keys():
        acknowledged, requested, stored = acked[pair], asked[pair], events[pair]
        lost = len(acknowledged) - longest_common(acknowledged, stored)
        doubled = len(stored) - longest_common(requested, stored)
        allowed = {acknowledged[-1] if acknowledged else None, requested[-1] if requested else None}
        wrong = present.get(pair) not in allowed
        if lost or doubled or wrong:
            verdict.examples.append(
                f"{pair}: acknowledged {acknowledged}, stored {stored}, present {present.get(pair)}"
            )
        verdict.lost, verdict.doubled = verdict.lost + lost, verdict.doubled + doubled
        verdict.wrong_present += int(wrong)
    return verdict


def longest_common(requested: list[Any], stored: list[Any]) -> int:
    """Return the length of the longest common subsequence."""
    lengths = [0] * (len(stored) + 1)
    for value in requested:
        before = 0
        for place, other in enumerate(stored, start=1):
            before, lengths[place] = (
                lengths[place],
                before + 1 if value == other else max(lengths[place], lengths[place - 1]),
            )
    return lengths[-1]

"""How many votes a forum takes: gunicorn over PostgreSQL, people who signed in, one vote per request.

    python -m tests.benchmarks.votes [--seconds 20] [--people 500] [--ideas 500] [--connections 32]

Each vote is a POST with session cookie and CSRF token; it is answered after its commit (vote, event and tally in one
transaction), and a vote in the queue with the next idea. The generator runs on the same cores. Beside it, in the same
run: a bare Flask "hello" under the same gunicorn, and a bare upsert by psycopg, so that each figure is a ratio too. At
the end every acknowledged vote is looked up in the database and the forum recounts itself; the program ends with 1 if
one is missing or doubled.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import psycopg
import sqlalchemy as sa
from flask_security.utils import hash_password

from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.extensions import db
from forum.voice.votes.models import Vote, VoteEvent
from tests.benchmarks import serving
from tests.benchmarks.serving import Connection, Figures, drive, request_bytes
from tests.factories import Factories

PASSWORD = "benchmark-2050-숲과바다"
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
WORDS = {1: "agree", 0: "pass", -1: "disagree"}
Ledger = dict[tuple[int, int], int]


@dataclass(frozen=True)
class Voter:
    """Somebody who signed in: what their requests carry."""

    participant_id: int
    cookie: str
    csrf_token: str


def fill(people: int, ideas: int) -> tuple[list[tuple[str, int]], list[int], str]:
    """Accounts and open ideas. :return: (address, participant id) of each account; the ideas' ids; the forum's slug"""
    make = Factories()
    campaign = make.campaign()
    password = hash_password(PASSWORD)
    accounts = [make.citizen(password=password, email=f"voter{n}@example.org") for n in range(people)]
    made = [make.idea(campaign, author=accounts[n % people]).id for n in range(ideas)]
    found = [(account.email, account.participant.id) for account in accounts]
    slug = campaign.slug
    db.session.commit()
    return found, made, slug


async def sign_in(port: int, people: Sequence[tuple[str, int]], idea_id: int) -> list[Voter]:
    """Everybody through the real sign-in page, a few at a time."""
    waiting = asyncio.Queue[tuple[str, int]]()
    for person in people:
        waiting.put_nowait(person)
    voters: list[Voter] = []

    async def some() -> None:
        while not waiting.empty():
            voters.append(await _sign_in_one(port, *waiting.get_nowait(), idea_id))

    await asyncio.gather(*(some() for _ in range(8)))
    return voters


async def _sign_in_one(port: int, email: str, participant_id: int, idea_id: int) -> Voter:
    connection, cookies = Connection(port), {}

    async def ask(method: str, path: str, body: bytes = b"") -> tuple[int, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        status, head, page = await connection.ask(request_bytes(method, path, headers, body, cookie))
        cookies.update(re.findall(r"(?mi)^set-cookie: ([^=]+)=([^;]*)", head.decode()))
        return status, page.decode()

    _status, page = await ask("GET", "/account/login")
    form = {"csrf_token": _token(page), "email": email, "password": PASSWORD}
    status, page = await ask("POST", "/account/login", urlencode(form).encode())
    if status != 302:
        raise RuntimeError(f"{email} could not sign in: {status}")
    _status, page = await ask("GET", f"/ideas/{idea_id}")
    connection.close()
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return Voter(participant_id, cookie, _token(page))


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("no CSRF token on the page")
    return found[1]


def single_votes(voters: Sequence[Voter], ideas: Sequence[int], seed: int) -> Iterator[tuple[object, bytes]]:
    """New and changed votes of these people, in random order, without end."""
    chance = random.Random(seed)
    while True:
        voter, idea_id, value = chance.choice(voters), chance.choice(ideas), chance.choice((1, 1, 1, 0, -1))
        body = json.dumps({"value": value}).encode()
        headers = JSON | {"X-CSRFToken": voter.csrf_token}
        tag = ((idea_id, voter.participant_id), value)
        yield tag, request_bytes("POST", f"/ideas/{idea_id}/vote", headers, body, voter.cookie)


def queued_votes(voters: Sequence[Voter], ideas: Sequence[int], slug: str, seed: int) -> Iterator[tuple[object, bytes]]:
    """The same votes by the form of the voting queue, as htmx sends it: each answer holds the next idea."""
    chance = random.Random(seed)
    while True:
        voter, idea_id, value = chance.choice(voters), chance.choice(ideas), chance.choice((1, 1, 1, 0, -1))
        body = urlencode({"idea": idea_id, "value": WORDS[value], "csrf_token": voter.csrf_token}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
        tag = ((idea_id, voter.participant_id), value)
        yield tag, request_bytes("POST", f"/c/{slug}/vote", headers, body, voter.cookie)


def batched_votes(
    voters: Sequence[Voter], ideas: Sequence[int], size: int, seed: int
) -> Iterator[tuple[object, bytes]]:
    """`size` votes of one person in each request."""
    chance = random.Random(seed)
    while True:
        voter = chance.choice(voters)
        ballots = {idea_id: chance.choice((1, 1, 1, 0, -1)) for idea_id in chance.sample(list(ideas), size)}
        body = json.dumps({"votes": [{"idea": idea_id, "value": value} for idea_id, value in ballots.items()]}).encode()
        tag = [((idea_id, voter.participant_id), value) for idea_id, value in ballots.items()]
        yield tag, request_bytes("POST", "/votes", JSON | {"X-CSRFToken": voter.csrf_token}, body, voter.cookie)


def shared_out(voters: Sequence[Voter], n: int) -> list[list[Voter]]:
    """Each person on one connection only, so that the order of their answers is the order of their votes."""
    return [list(voters[place::n]) for place in range(n)]


def bare_upserts(url: str, ideas: int, people: int, seconds: float, threads: int) -> Figures:
    """Vote, event and tally by psycopg alone, one transaction each, in tables without any other use."""
    dsn = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare_vote (idea int, person int, value int, PRIMARY KEY (idea, person))")
        connection.execute("CREATE TABLE bare_event (id bigserial PRIMARY KEY, idea int, person int, value int)")
        connection.execute("CREATE TABLE bare_tally (idea int PRIMARY KEY, n int)")
        connection.execute("INSERT INTO bare_tally SELECT n, 0 FROM generate_series(0, %s) n", (ideas,))
    figures = Figures()
    until = time.perf_counter() + seconds

    def run(seed: int) -> None:
        chance = random.Random(seed)
        with psycopg.connect(dsn) as connection:
            while (began := time.perf_counter()) < until:
                idea, person, value = chance.randrange(ideas), chance.randrange(people), chance.choice((1, 0, -1))
                connection.execute(
                    "INSERT INTO bare_vote VALUES (%s, %s, %s) "
                    "ON CONFLICT (idea, person) DO UPDATE SET value = excluded.value",
                    (idea, person, value),
                )
                connection.execute(
                    "INSERT INTO bare_event (idea, person, value) VALUES (%s, %s, %s)", (idea, person, value)
                )
                connection.execute("UPDATE bare_tally SET n = n + 1 WHERE idea = %s", (idea,))
                connection.commit()
                figures.latencies.append((time.perf_counter() - began) * 1000)

    workers = [threading.Thread(target=run, args=(seed,)) for seed in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    figures.seconds = seconds
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE bare_vote, bare_event, bare_tally")
    return figures


def differences(ledger: Ledger) -> list[str]:
    """Acknowledged votes that the database does not hold as they were acknowledged, and whatever a recount finds."""
    stored = {
        (idea_id, participant_id): value
        for idea_id, participant_id, value in db.session.execute(
            sa.select(Vote.idea_id, Vote.participant_id, Vote.value)
        )
    }
    found = [
        f"idea {key[0]}, participant {key[1]}: acknowledged {value}, stored {stored.get(key)}"
        for key, value in ledger.items()
        if stored.get(key) != value
    ]
    return found + [difference for finding in recount() for difference in finding.differences]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.votes", description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--ideas", type=int, default=500)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--batch", type=int, default=20, help="votes in one batch")
    parser.add_argument("--only", choices=("single", "hot", "queue", "batch"), help="leave the others out")
    options = parser.parse_args(arguments)
    return run(options)


def run(options: argparse.Namespace) -> int:
    with serving.database() as base, serving.forum(base.url) as app:
        base.prepare(app)
        people, ideas, slug = fill(options.people, options.ideas)
        serving.analyse_tables(base.url)
        ledger: Ledger = {}
        acknowledged = 0

        def note(tag: Any, status: int, _body: bytes) -> None:
            nonlocal acknowledged
            if status == 200:
                pairs = tag if isinstance(tag, list) else [tag]
                acknowledged += len(pairs)
                ledger.update(pairs)

        n, seconds = options.connections, options.seconds
        measured: dict[str, Figures] = {}
        with serving.gunicorn("tests.benchmarks.hello:app", {}) as port:
            hello = iter([]), request_bytes("POST", "/hello", JSON, b'{"value": 1}')
            measured["bare Flask hello"] = asyncio.run(drive(port, seconds / 2, [_same(hello[1]) for _ in range(n)]))
        measured["bare upsert by psycopg"] = bare_upserts(base.url, options.ideas, options.people, seconds / 2, 16)
        with serving.gunicorn("wsgi:app", {"DATABASE_URL": base.url}) as port:
            began = time.perf_counter()
            voters = asyncio.run(sign_in(port, people, ideas[0]))
            print(f"{len(voters)} people signed in, {time.perf_counter() - began:.1f} s", flush=True)
            parts = shared_out(voters, n)
            kinds = {
                "single": ("votes, one per request", [single_votes(part, ideas, k) for k, part in enumerate(parts)]),
                "hot": (
                    "votes on one hot idea",
                    [single_votes(part, ideas[:1], 100 + k) for k, part in enumerate(parts)],
                ),
                "queue": (
                    "votes in the queue, answered with the next",
                    [queued_votes(part, ideas, slug, 300 + k) for k, part in enumerate(parts)],
                ),
                "batch": (
                    f"requests with {options.batch} votes each",
                    [batched_votes(part, ideas, options.batch, 200 + k) for k, part in enumerate(parts)],
                ),
            }
            for kind, (name, sources) in kinds.items():
                if options.only in {None, kind}:
                    measured[name] = asyncio.run(drive(port, seconds, sources, note))
        return report(measured, acknowledged, ledger, options.batch)


def _same(request: bytes) -> Iterator[tuple[object, bytes]]:
    while True:
        yield None, request


def report(measured: dict[str, Figures], acknowledged: int, ledger: Ledger, batch: int) -> int:
    hello, upsert = (measured[name].per_second for name in ("bare Flask hello", "bare upsert by psycopg"))
    for name, figures in measured.items():
        times = batch if "each" in name else 1
        rate = figures.per_second * times
        print(figures.line(name))
        print(f"{'':<44} = {rate:.0f} votes/s, {rate / hello:.2f} of hello, {rate / upsert:.2f} of the bare upsert")
    wrong = differences(ledger)
    events = db.session.scalar(sa.select(sa.func.count()).select_from(VoteEvent))
    print(f"{acknowledged} votes acknowledged, {len(ledger)} pairs, {events} events; differences: {len(wrong)}")
    for line in wrong[:10]:
        print("  " + line)
    print(f"at {clock.now():%Y-%m-%d %H:%M} UTC, Python {sys.version.split()[0]}")
    return 1 if wrong or any(sum(figures.errors.values()) for figures in measured.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())

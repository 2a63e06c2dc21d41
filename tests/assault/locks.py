"""Lock a table while people vote: the rest of the forum must go on, and a vote must wait only so long."""

from __future__ import annotations

import http.client
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.assault.postgres import OwnPostgres
from tests.assault.service import Service
from tests.assault.votes import Crowd, Ledger, Verdict, Voter, compare, fetch_token, fill

PEOPLE, IDEAS = 20, 4
PAGE_SECONDS = 0.5  # beside the lock, /healthz and kept pages answer within this
VOTE_SECONDS = 2.5  # LOCK_WAIT_MILLISECONDS, and half a second for all else
THREADS = 24  # as in gunicorn.conf.py


class TimedVoter(Voter):
    """A voter who notes how long each answer took."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.longest = 0.0

    def _post(self, path: str, body: str) -> tuple[str, Any]:
        begun = time.monotonic()
        answer = super()._post(path, body)
        self.longest = max(self.longest, time.monotonic() - begun)
        return answer


@dataclass
class Visitor(threading.Thread):
    """Somebody without a cookie who opens one page again and again, each time by a new connection."""

    port: int
    path: str
    stop: threading.Event = field(default_factory=threading.Event)
    seconds: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        while not self.stop.wait(0.05):
            begun = time.monotonic()
            self.answers[self._open()] += 1
            self.seconds.append(time.monotonic() - begun)

    def _open(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", self.path, headers={"Accept": "text/html"})
            response = connection.getresponse()
            response.read()
            return str(response.status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()


@dataclass
class Report:
    """Result of the attack. Seconds are of answers given while the table was locked."""

    verdict: Verdict
    votes: Counter[str]
    longest_vote: float
    longest_page: dict[str, float]
    pages: dict[str, Counter[str]]

    @property
    def is_clean(self) -> bool:
        are_pages_fast = all(seconds <= PAGE_SECONDS for seconds in self.longest_page.values())
        is_all_served = all(set(answers) == {"200"} for answers in self.pages.values())
        is_vote_bounded = self.longest_vote <= VOTE_SECONDS and set(self.votes) <= {"200", "503"}
        return are_pages_fast and is_all_served and is_vote_bounded and self.verdict.is_clean

    def as_json(self) -> dict[str, object]:
        return {
            "assault": "lock",
            "clean": self.is_clean,
            **asdict(self.verdict),
            "votes": dict(self.votes),
            "longest_vote_seconds": round(self.longest_vote, 2),
            "longest_page_seconds": {path: round(seconds, 3) for path, seconds in self.longest_page.items()},
            "pages": {path: dict(answers) for path, answers in self.pages.items()},
        }


def attack_lock(seconds: float, table: str = "idea_tally") -> Report:
    """Lock `table` against everybody for `seconds` while twenty people vote."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-assault-")))
        server = OwnPostgres()
        stack.callback(server.close)
        service = Service(server.url, folder)
        stack.callback(service.close)
        people, ideas = fill(service, PEOPLE, IDEAS)
        service.web(workers=2, threads=THREADS)
        ledger = Ledger(folder / "ledger.jsonl")
        stack.callback(ledger.close)
        visitors = [Visitor(service.port, path) for path in ("/healthz", "/", _listing(server.url))]
        for visitor in visitors:
            with ThreadPoolExecutor(24) as crowd_of_visitors:  # so many at once that both processes keep the page
                list(crowd_of_visitors.map(lambda _n, visitor=visitor: visitor._open(), range(120)))
        for person in people:
            fetch_token(person, service.port, ideas[0])
        voters = [TimedVoter(n, person, ideas, service.port, ledger) for n, person in enumerate(people)]
        crowd = Crowd(list(voters), ledger)
        with psycopg.connect(_plain(server.url)) as session:
            session.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            for thread in (*voters, *visitors):
                thread.start()
            time.sleep(seconds)
            for visitor in visitors:
                visitor.stop.set()
                visitor.join(60)
        answers = crowd.finish()
        return Report(
            compare(service, ledger),
            answers,
            max(voter.longest for voter in voters),
            {visitor.path: max(visitor.seconds) for visitor in visitors},
            {visitor.path: visitor.answers for visitor in visitors},
        )


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


def _listing(url: str) -> str:
    """Return the address of the list of ideas, which reads the tallies."""
    with psycopg.connect(_plain(url)) as session:
        [slug] = session.execute("SELECT slug FROM campaign").fetchone() or [""]
    return f"/c/{slug}/ideas"

"""Kill web workers and the whole database while people vote; the control must lose votes."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.assault.postgres import OwnPostgres
from tests.assault.service import Service, wait_for
from tests.assault.votes import Crowd, Ledger, Verdict, compare, fill

PEOPLE, IDEAS = 12, 40
FORUM, CONTROL = "wsgi:app", "tests.assault.early_answer:app"
CHECKS = (("forum", "check"), ("forum", "audit", "verify"))


@dataclass
class Report:
    """Result of one attack. `is_clean`: nothing was lost, doubled or broken."""

    name: str
    kills: int
    seconds: float
    verdict: Verdict
    answers: Counter[str]
    longest_gap: float
    recoveries: list[float]
    checks: dict[str, int]

    @property
    def server_errors(self) -> int:
        """Number of 500s. A 503 means "try again" and is not an error."""
        return self.answers["500"]

    @property
    def is_clean(self) -> bool:
        return self.verdict.is_clean and not any(self.checks.values()) and self.server_errors == 0

    def as_json(self) -> dict[str, object]:
        rounded = [round(seconds, 2) for seconds in self.recoveries]
        return {
            "assault": self.name,
            "clean": self.is_clean,
            "kills": self.kills,
            "seconds": round(self.seconds, 1),
            **asdict(self.verdict),
            "answers": dict(self.answers.most_common()),
            "longest_gap_seconds": round(self.longest_gap, 2),
            "recovery_seconds_max": max(rounded, default=None),
            "checks": self.checks,
        }


def attack_votes(name: str, kills: Sequence[str], app: str = FORUM, workers: int = 3, seed: int = 0) -> Report:
    """Kill parts of the forum while people vote; between two kills at least 50 votes are acknowledged.

    :param kills: "web" sends SIGKILL to a random gunicorn worker, "database" to every process of PostgreSQL, which is
        restarted at once
    :param app: what gunicorn serves with `workers` processes
    """
    choose, begun = random.Random(seed), time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-assault-")))
        server = OwnPostgres()
        stack.callback(server.close)
        service = Service(server.url, folder)
        stack.callback(service.close)
        people, ideas = fill(service, PEOPLE, IDEAS)
        web = service.web(workers, app)
        ledger = Ledger(folder / "ledger.jsonl")
        stack.callback(ledger.close)
        crowd = Crowd.start(service, people, ideas, ledger)
        recoveries = []
        for target in kills:
            _wait_for_votes(ledger, 50, choose.uniform(0.05, 0.8))
            if target == "database":
                server.kill()
                recoveries.append(server.start())
            else:
                wait_for(lambda: bool(web.kill_one(choose)), "a web worker to kill")
        _wait_for_votes(ledger, 50, 0.5)
        answers = crowd.finish()
        wait_for(lambda: service.status("/readyz") == 200, "the web to recover by itself")
        verdict = compare(service, ledger)
        while app != FORUM:  # give the control time to write everything that it still holds
            time.sleep(3)
            before, verdict = verdict, compare(service, ledger)
            if before.lost == verdict.lost:
                break
        checks = {" ".join(words): exit_code(service, *words) for words in CHECKS}
        checks["pg_amcheck"] = int(not server.is_whole())
        if answers["500"]:
            print(service.tracebacks("web"))
        seconds = time.monotonic() - begun
        return Report(name, len(kills), seconds, verdict, answers, ledger.longest_gap, recoveries, checks)


def _wait_for_votes(ledger: Ledger, n: int, seconds: float) -> None:
    """Wait until `n` more votes were acknowledged, then a little longer."""
    target_acks = ledger.acks + n
    wait_for(lambda: ledger.acks >= target_acks, f"{n} votes to be acknowledged")
    time.sleep(seconds)


def exit_code(service: Service, *words: str) -> int:
    try:
        service.flask(*words)
    except RuntimeError as error:
        print(error)
        return 1
    return 0

"""Does the time of an answer tell who has an account?

    python -m tests.benchmarks.signin [--tries 200]

Asks the sign-in page, the forgotten password, the confirmation mail and the registration for known and for unknown
addresses, in random order, with the password hashes of production, over PostgreSQL and without a network in between:
where a stopwatch sees least noise. Printed for each kind of address: mean and median in milliseconds, how far the mean
is from that of unknown addresses, and the same of processor time, which a busy machine disturbs less. Ends with 1 where
the means are more than 5 % apart.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from flask import Flask
from flask_security.utils import hash_password

from config import Config
from forum import create_app
from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant
from tests.benchmarks import serving
from tests.factories import AGREED

TARGET_PERCENT = 5.0
PASSWORD, WRONG = "바다가보이는우리학교", "틀린비밀번호입니다요"
# page -> the fields besides the address, the status of every answer, and the kinds of address; the first is unknown
PAGES: dict[str, tuple[dict[str, str], int, tuple[str, ...]]] = {
    "login": ({"password": WRONG}, 400, ("unknown", "known", "off")),
    "reset": ({}, 200, ("unknown", "known", "off")),
    "confirm": ({}, 200, ("unknown", "known", "unconfirmed")),
    "register": (
        {"display_name": "하은", "password": PASSWORD, "birth_year": "2000"} | AGREED,
        302,
        ("unknown", "known"),
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=200, help="of each kind")
    tries = parser.parse_args().tries
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    with serving.database() as base, tempfile.TemporaryDirectory(prefix="forum-bench-") as folder:
        app = create_app(_settings(base.url, Path(folder)))
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(open(os.devnull, "w")))  # noqa: SIM115
        with app.app_context():
            base.prepare(app)
            fill(tries)
        worst = max([compare(app, page, tries) for page in PAGES])
        with app.app_context():
            db.engine.dispose()
    print(f"\nworst difference of means {worst:.1f} %; target {TARGET_PERCENT:.0f} %")
    return 0 if worst <= TARGET_PERCENT else 1


def _settings(url: str, folder: Path) -> Config:
    """As in production but for the tokens and the limits, which would end the run after five answers."""
    return Config(
        SECRET_KEY="benchmark-" + "k" * 40,
        SECURITY_PASSWORD_SALT="benchmark-" + "s" * 40,
        DATABASE_URL=url,
        INSTANCE_DIR=folder,
        TRUSTED_HOSTS=("localhost",),
        RATELIMIT_ENABLED=False,
        SIGNIN_FAILURES_PER_MINUTE=1_000_000,
        EXTRA={"WTF_CSRF_ENABLED": False},
    )


def address(page: str, kind: str, n: int) -> str:
    """One of its own for each try: nobody's earlier failures count."""
    return f"{page}-{kind}-{n}@example.org"


def fill(tries: int) -> None:
    password, now = hash_password(PASSWORD), clock.now()
    for page, (_fields, _status, kinds) in PAGES.items():
        for kind, n in itertools.product(kinds[1:], range(-2, tries)):
            email = address(page, kind, n)
            account = Account(email=email, email_key=email, display_name="시민", password=password, birth_year=2000)
            account.active, account.confirmed_at = kind != "off", None if kind == "unconfirmed" else now
            account.created_at = now.replace(year=now.year - 1)
            account.participant = Participant()
            db.session.add(account)
    db.session.commit()


def compare(app: Flask, page: str, tries: int) -> float:
    """Print the times of one page.

    :return: how far, in percent, a mean is from that of unknown addresses
    """
    fields, status, kinds = PAGES[page]
    networks = (f"10.{n // 256}.{n % 256}.1" for n in itertools.count())
    ask = _asking(app, page, fields, status)
    for kind, n in itertools.product(kinds, (-2, -1)):  # opens connections, fills caches
        ask(address(page, kind, n), next(networks))
    plan = [(kind, n) for kind in kinds for n in range(tries)]
    random.Random(0).shuffle(plan)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    work: dict[str, list[float]] = {kind: [] for kind in kinds}
    for kind, n in plan:
        taken, worked = ask(address(page, kind, n), next(networks))
        times[kind].append(taken)
        work[kind].append(worked)
    unknown, unknown_work, worst = statistics.fmean(times[kinds[0]]), statistics.fmean(work[kinds[0]]), 0.0
    for kind, seen in times.items():
        mean = statistics.fmean(seen)
        percent = 100 * (mean - unknown) / unknown
        worst = max(worst, abs(percent))
        error = 100 * statistics.stdev(seen) / len(seen) ** 0.5 / unknown
        print(
            f"{page:<9} {kind:<12} {len(seen):>4} answers  mean {mean:7.2f}  median {statistics.median(seen):7.2f} ms"
            f"  {percent:+5.1f} % (± {error:.1f})  processor {statistics.fmean(work[kind]):7.2f} ms"
            f"  {100 * (statistics.fmean(work[kind]) / unknown_work - 1):+5.1f} %"
        )
    return worst


def _asking(app: Flask, page: str, fields: dict[str, str], status: int) -> Callable[[str, str], tuple[float, float]]:
    def ask(email: str, network: str) -> tuple[float, float]:
        client, began, worked = app.test_client(), time.perf_counter(), time.process_time()
        answer = client.post(f"/account/{page}", data={"email": email, **fields}, environ_base={"REMOTE_ADDR": network})
        taken, worked = (time.perf_counter() - began) * 1_000, (time.process_time() - worked) * 1_000
        if answer.status_code != status:
            raise SystemExit(f"{page} answered {answer.status_code} to {email}: {answer.text[:500]}")
        return taken, worked

    return ask


if __name__ == "__main__":
    sys.exit(main())

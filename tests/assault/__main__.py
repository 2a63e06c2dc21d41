"""`python -m tests.assault [PART …]`: one JSON line per attack.

Exit code 1: an attack found a fault, or a control found none. Parts: web, database, lock, control, joint (a joint
session), sqlite, postgresql (job workers on that engine), outages (Redis, and a database that is also the queue, gone
for a while), bodies (odd requests to every route, on both engines). Default: all of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable

from tests.assault.bodies import attack_routes
from tests.assault.joint import EARLY, WITHOUT_KEYS, attack_joint
from tests.assault.kills import CONTROL, attack_votes
from tests.assault.locks import attack_lock
from tests.assault.outages import OUTAGES
from tests.assault.workers import CANCELS, STEPS, SUSPENSIONS, cancel_at, forum_with_a_run, suspend_at


def say(**facts: object) -> None:
    print(json.dumps(facts, ensure_ascii=False), flush=True)


def attack_web(kills: int) -> bool:
    report = attack_votes("web", ["web"] * kills)
    say(**report.as_json())
    return report.is_clean


def attack_database(kills: int) -> bool:
    report = attack_votes("database", ["database"] * kills)
    say(**report.as_json())
    return report.is_clean


def attack_control(kills: int) -> bool:
    """Attack a forum that answers before it commits: clean without kills, votes lost with them."""
    calm = attack_votes("control, nothing killed", [], CONTROL)
    killed = attack_votes("control", ["web"] * kills, CONTROL)
    for report in (calm, killed):
        report.verdict.examples = report.verdict.examples[:3]
        say(**report.as_json())
    return calm.verdict.is_clean and killed.verdict.lost > 0


def attack_locked(seconds: float) -> bool:
    report = attack_lock(seconds)
    say(**report.as_json())
    return report.is_clean


def attack_session(kills: int, engine: str) -> bool:
    """Attack a joint session, then two broken forums in small: one must double, the other lose once it is killed."""
    report = attack_joint(kills, engine=engine)
    controls = [attack_joint(n, 2.0, 2, app, engine) for app, n in ((WITHOUT_KEYS, 0), (EARLY, 0), (EARLY, 3))]
    for one in (report, *controls):
        one.verdict.examples = one.verdict.examples[:3]
        say(**one.as_json())
    without_keys, calm, killed = (one.verdict for one in controls)
    return report.is_clean and without_keys.doubled > 0 and calm.is_clean and killed.lost > 0


def attack_workers(engine: str, steps: str) -> bool:
    is_clean = True
    with forum_with_a_run(engine) as bench:
        attacks: list[tuple[str, str, Callable[[], str]]] = [
            ("SIGKILL", step, lambda step=step, kill=kill: kill(bench, step))  # type: ignore[misc]
            for step, kill in STEPS.items()
        ]
        attacks += [("SIGSTOP", step, lambda step=step: suspend_at(bench, step)) for step in SUSPENSIONS]  # type: ignore[misc]
        attacks += [("cancel", step, lambda step=step: cancel_at(bench, step)) for step in CANCELS]  # type: ignore[misc]
        for fault, step, attack in attacks:
            if not step.startswith(steps):
                continue
            begun = time.monotonic()
            try:
                found = attack()
            except (AssertionError, RuntimeError, TimeoutError) as error:
                is_clean, found = False, f"FAILED: {error}"
            seconds = round(time.monotonic() - begun, 1)
            say(assault="worker", engine=engine, fault=fault, step=step, found=found, seconds=seconds)
    return is_clean


def attack_by_outages(seconds: int) -> bool:
    is_clean = True
    for name, attack in OUTAGES.items():
        try:
            say(assault="outage", server=name, **attack(seconds))
        except (AssertionError, RuntimeError, TimeoutError) as error:
            is_clean = False
            say(assault="outage", server=name, found=f"FAILED: {error}")
    return is_clean


def attack_bodies() -> bool:
    is_clean = True
    for engine in ("sqlite", "postgresql"):
        for found in attack_routes(engine):
            is_clean = is_clean and not found["n_wrong"]
            say(assault="bodies", engine=engine, **found)
    return is_clean


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.assault", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--web-kills", type=int, default=100)
    parser.add_argument("--database-kills", type=int, default=20)
    parser.add_argument("--lock-seconds", type=float, default=20)
    parser.add_argument("--control-kills", type=int, default=15)
    parser.add_argument("--joint-kills", type=int, default=20)
    parser.add_argument("--joint-engine", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--outage-seconds", type=int, default=80)
    parser.add_argument("--steps", default="", help="of workers, only those that begin so, such as data")
    options = parser.parse_args()
    parts: dict[str, Callable[[], bool]] = {
        "web": lambda: attack_web(options.web_kills),
        "database": lambda: attack_database(options.database_kills),
        "lock": lambda: attack_locked(options.lock_seconds),
        "control": lambda: attack_control(options.control_kills),
        "joint": lambda: attack_session(options.joint_kills, options.joint_engine),
        "sqlite": lambda: attack_workers("sqlite", options.steps),
        "postgresql": lambda: attack_workers("postgresql", options.steps),
        "outages": lambda: attack_by_outages(options.outage_seconds),
        "bodies": attack_bodies,
    }
    unknown = set(options.parts) - set(parts)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}. There are: {', '.join(parts)}")
    failed = [name for name in options.parts or parts if not parts[name]()]
    print(f"FAILED: {', '.join(failed)}" if failed else "All as it must be.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

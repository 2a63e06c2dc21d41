"""What one draw of the voting queue costs: `python -m tests.benchmarks.queue_cost [--sizes 1000 100000] [--draws 200]`.

On SQLite and on PostgreSQL, with a snapshot and without one, for a person who has voted on 200 ideas. A tenth of the
ideas have a near-copy; 50 are newer than the snapshot. One JSON line each: statements, milliseconds by the clock (the
median and the 95th percentile), and milliseconds of CPU of this process and, where /proc shows it, of the server's.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from forum import create_app
from forum.analysis.opinions.models import OpinionScore, OpinionSnapshot, SnapshotState
from forum.analysis.opinions.queue import next_question
from forum.analysis.themes.models import DuplicateGroup
from forum.core import clock
from forum.core.extensions import db
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from forum.voice.votes.models import Vote
from tests.conftest import test_config
from tests.factories import Factories
from tests.servers import PostgresBase, SqliteBase

BATCH_SIZE = 5_000
N_AUTHORS, N_VOTED, N_NEW = 200, 200, 50
TICKS = os.sysconf("SC_CLK_TCK")


def fill(n_ideas: int, with_snapshot: bool) -> tuple[Campaign, Any]:
    """:return: the campaign, and a person who has voted on some of its ideas"""
    make, rng = Factories(), random.Random(0)
    campaign, voter = make.campaign(), make.citizen()
    authors = [make.citizen().participant.id for _ in range(N_AUTHORS)]
    first = (db.session.scalar(sa.select(sa.func.max(Idea.id))) or 0) + 1
    ids, now = range(first, first + n_ideas), clock.now()
    common = {"campaign_id": campaign.id, "state": IdeaState.OPEN, "revision": 1, "created_at": now, "updated_at": now}
    body = "지붕이 비어 있으니 태양광을 올립시다. " * 12
    _insert(
        Idea,
        [common | {"id": n, "title": f"제안 {n}", "body": body, "author_id": authors[n % N_AUTHORS]} for n in ids],
    )
    _insert(IdeaTally, [{"idea_id": n} for n in ids])
    pairs = [(n, number) for number, n in enumerate(range(first, first + n_ideas - 1, 10), 1)]
    _insert(
        DuplicateGroup,
        [{"campaign_id": campaign.id, "idea_id": n + k, "number": number} for n, number in pairs for k in (0, 1)],
    )
    voted = rng.sample(ids, N_VOTED)
    _insert(Vote, [{"idea_id": n, "participant_id": voter.participant.id, "value": 1, "cast_at": now} for n in voted])
    if with_snapshot:
        _publish(campaign, ids[: n_ideas - N_NEW], rng)
    db.session.commit()
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return db.session.get_one(Campaign, campaign.id), voter


def _publish(campaign: Campaign, ids: range, rng: random.Random) -> None:
    counts = {"n_people": 0, "n_entering": 0, "n_ideas": len(ids), "n_votes": 0, "last_event_id": 0}
    snapshot = OpinionSnapshot(campaign_id=campaign.id, votes_cut_at=clock.now(), **counts)
    db.session.add(snapshot)
    db.session.flush()
    slots = rng.sample(range(len(ids)), len(ids))
    _insert(
        OpinionScore,
        [
            {"snapshot_id": snapshot.id, "idea_id": n, "slot": slot, "gain": rng.uniform(0.001, 0.1), "votes": 9}
            | {"groups": [[4, 4, 1, 0.5, 0.4, 0.6]] * 3, "loadings": [0.1, 0.2, 0.3]}
            for n, slot in zip(ids, slots, strict=True)
        ],
    )
    snapshot.state, snapshot.is_current, snapshot.number = SnapshotState.FINISHED, True, 1
    snapshot.finished_at = clock.now()


def _insert(kind: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH_SIZE):
        db.session.execute(sa.insert(kind), rows[start : start + BATCH_SIZE])


def measure(campaign: Campaign, voter: Any, n_draws: int) -> dict[str, float]:
    times, statements = [], 0

    def count(*_args: Any) -> None:
        nonlocal statements
        statements += 1

    next_question(campaign, voter, random.Random(-1))  # plans and pages are loaded
    is_server = db.engine.dialect.name == "postgresql"
    pid = db.session.scalar(sa.text("SELECT pg_backend_pid()")) if is_server else 0
    sa.event.listen(db.engine, "before_cursor_execute", count)
    server, own = _cpu_of(pid), time.process_time()
    for seed in range(n_draws):
        db.session.expunge_all()
        db.session.add(campaign)
        began = time.perf_counter()
        next_question(campaign, voter, random.Random(seed))
        times.append((time.perf_counter() - began) * 1000)
    own_ms, server_ms = (time.process_time() - own) * 1000, (_cpu_of(pid) - server) * 1000
    sa.event.remove(db.engine, "before_cursor_execute", count)
    told = {"statements": statements / n_draws, "p50_ms": statistics.median(times)}
    told |= {"p95_ms": sorted(times)[int(0.95 * n_draws)], "own_cpu_ms": own_ms / n_draws}
    return {name: round(value, 1) for name, value in (told | {"server_cpu_ms": server_ms / n_draws}).items()}


def _cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used; 0 where that cannot be read."""
    stat = Path(f"/proc/{pid}/stat")
    if not pid or not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.queue_cost", description=(__doc__ or "")[:50])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--draws", type=int, default=200)
    options = parser.parse_args()
    for base in (SqliteBase(), PostgresBase()):
        with tempfile.TemporaryDirectory(prefix="forum-bench-") as folder:
            app = create_app(test_config(base.url, Path(folder)))
            with app.app_context():
                base.prepare(app)
                for size in options.sizes:
                    for with_snapshot in (True, False):
                        base.clear()
                        found = measure(*fill(size, with_snapshot), options.draws)
                        told = {"engine": base.name, "ideas": size, "snapshot": with_snapshot, **found}
                        print(json.dumps(told), flush=True)
                        db.session.remove()
                db.engine.dispose()
        base.close()


if __name__ == "__main__":
    main()

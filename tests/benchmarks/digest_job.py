"""What the whole build of a digest costs, all six formats: `python -m tests.benchmarks.digest_job [--ideas 20000]`.

A campaign on SQLite with bodies of 300 to 700 characters, votes, a run of 100 clusters, 30 approved themes and an
opinion snapshot of four groups. Its job runs in a process of its own. One JSON line after each step: seconds of CPU and
by the clock since the start, memory at that moment and the peak so far, without the process that typesets the PDF;
at the end the size of each file. The exit code is 1 if the peak is over the target.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_migrate import upgrade

from config import Config
from forum import create_app
from forum.analysis.opinions.models import OpinionGroup, OpinionScore, OpinionSnapshot, SnapshotState
from forum.analysis.themes.models import ClusterMember, MemberSource, RunState, ThemeIdea, ThemeRun, ThemeState
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.core.reference import Sector
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.models import DigestFile
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import on_progress
from forum.system.jobs.runner import run_job
from forum.voice.campaigns.queries import get_campaign
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from tests.factories import Factories

TARGET_MB = 400
SLUG = "large"
N_CLUSTERS, N_THEMES, N_GROUPS, N_AUTHORS = 100, 30, 4, 50
SENTENCES = (
    "동네마다 전기 버스를 늘려서 공기가 맑아지면 좋겠어요. ",
    "학교 지붕에 햇빛 발전소를 놓고 번 돈은 학생들과 나눠요. ",
    "비닐 포장을 줄이는 가게에 나라가 상을 주면 어떨까요? ",
    "자전거 길이 끊기지 않게 이어서 누구나 안전하게 다녀요. ",
)
REGIONS = ("11", "26", "46", None)


def fill(n_ideas: int) -> None:
    make, rnd, now = Factories(), random.Random(20), clock.now()
    campaign = make.campaign(slug=SLUG)
    authors = [make.citizen().participant.id for _n in range(N_AUTHORS)]
    first = (db.session.scalar(sa.select(sa.func.max(Idea.id))) or 0) + 1
    ids = range(first, first + n_ideas)
    for key in ids:
        words = "".join(rnd.choices(SENTENCES, k=rnd.randint(10, 22)))
        idea = {"id": key, "title": f"{rnd.choice(SENTENCES).strip()} {key}", "body": f"{key} {words}"}
        idea |= {"campaign_id": campaign.id, "author_id": rnd.choice(authors), "sector": rnd.choice(list(Sector))}
        idea |= {"region_code": rnd.choice(REGIONS), "state": IdeaState.OPEN, "revision": 1, "created_at": now}
        idea |= {"search_tokens": "", "search_tokens_version": 1, "updated_at": now}
        db.session.execute(sa.insert(Idea.__table__).values(**idea))  # type: ignore[arg-type]
        votes = {"agree": rnd.randrange(60), "disagree": rnd.randrange(30), "pass": rnd.randrange(20)}
        db.session.execute(sa.insert(IdeaTally.__table__).values(idea_id=key, comments=0, **votes))  # type: ignore[arg-type]
    _run(make, campaign, ids, now)
    _snapshot(campaign.id, ids, now, rnd)
    db.session.commit()


def _run(make: Factories, campaign: Any, ids: range, now: Any) -> None:
    run = ThemeRun(
        campaign_id=campaign.id, state=RunState.BUILDING, n_ideas=len(ids), n_themed=len(ids), data_cut_at=now
    )
    db.session.add(run)
    db.session.flush()
    clusters = [make.cluster(run, [], number + 1).id for number in range(N_CLUSTERS)]
    members = [
        {"run_id": run.id, "cluster_id": clusters[key % N_CLUSTERS], "idea_id": key, "is_main": True, "score": 0.5}
        | {"rank": key, "is_representative": key % 1000 < N_CLUSTERS, "copy_of_id": None}
        for key in ids
    ]
    db.session.execute(sa.insert(ClusterMember), members)
    run.state, run.is_current, run.finished_at = RunState.FINISHED, True, now
    db.session.flush()
    for number in range(N_THEMES):
        theme = make.theme(campaign, [], state=ThemeState.APPROVED, run_id=run.id, cluster_id=clusters[number])
        row = {"theme_id": theme.id, "campaign_id": campaign.id, "source": MemberSource.MACHINE}
        inside = [row | {"idea_id": key, "is_frozen": False, "added_at": now} for key in ids[number::N_CLUSTERS]]
        db.session.execute(sa.insert(ThemeIdea), inside)


def _snapshot(campaign_id: int, ids: range, now: Any, rnd: random.Random) -> None:
    counted = {"n_people": 500, "n_entering": 400, "n_ideas": len(ids), "n_votes": 8 * len(ids)}
    snapshot = OpinionSnapshot(campaign_id=campaign_id, votes_cut_at=now, last_event_id=0, **counted)
    db.session.add(snapshot)
    db.session.flush()
    for key in ids:
        common = rnd.uniform(20, 80)
        score = {"slot": key, "gain": 0.1, "votes": 90, "share": 0.7, "common_ground": common, "low": common - 15}
        score |= {"high": common + 15, "order_score": common, "badge": False, "cost_to_win": 3, "cost_to_lose": None}
        score |= {"reweighted_votes": 0.0, "loadings": [0.1] * 3, "lens": {"AGE": {"20": [9, 6], "30": [60, 40]}}}
        score["groups"] = [_group(rnd) for _n in range(N_GROUPS)]
        db.session.execute(sa.insert(OpinionScore).values(snapshot_id=snapshot.id, idea_id=key, **score))
    place = {"size": 100, "x": 0.5, "y": 0.5, "spread_x": 0.1, "spread_y": 0.1, "apart": []}
    db.session.add_all(OpinionGroup(snapshot_id=snapshot.id, number=number, **place) for number in range(N_GROUPS))
    db.session.flush()
    snapshot.number, snapshot.finished_at = 1, now
    snapshot.state, snapshot.is_current = SnapshotState.FINISHED, True


def _group(rnd: random.Random) -> list[float]:
    share = rnd.uniform(0.2, 0.8)
    return [20, 3, 1, round(share, 4), round(share - 0.1, 4), round(share + 0.1, 4)]


def build() -> bool:
    """Build the digest here and print what it took. :return: whether it was published"""
    job = start_digest(get_campaign(SLUG), SYSTEM, DigestRequest(formats=tuple(FORMATS)))
    db.session.commit()
    job_id, begun = job.id, time.monotonic()
    db.session.remove()

    def told(share: float) -> None:
        said = {"done": round(share, 2), "cpu": round(time.process_time(), 1), "mb": _resident_mb()}
        print(json.dumps(said | {"seconds": round(time.monotonic() - begun, 1), "peak_mb": peak_mb()}), flush=True)

    told(0.0)
    with on_progress(told):
        state = run_job(job_id)
    told(1.0)
    files = sa.select(DigestFile.format, DigestFile.size_bytes).order_by(DigestFile.format)
    print(json.dumps({name: f"{size / 1e6:.1f} MB" for name, size in db.session.execute(files)}))
    if state is not JobState.DONE:
        print(db.session.get_one(Job, job_id).error)
    return state is JobState.DONE


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 1024**2)


def _resident_mb() -> int | None:
    """Return the memory held now, where the system says it in a file (Linux)."""
    path = Path("/proc/self/statm")
    return int(path.read_text().split()[1]) * resource.getpagesize() // 1024**2 if path.exists() else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.digest_job", description=(__doc__ or "")[:60])
    parser.add_argument("--ideas", type=int, default=20_000)
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.build:
        with create_app(Config.from_env()).app_context():
            return 0 if build() and peak_mb() <= TARGET_MB else 1
    with tempfile.TemporaryDirectory(prefix="forum-bench-") as folder:
        os.environ |= {
            "FORUM_ENV": "development",
            "FORUM_INSTANCE_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/forum.db",
        }
        with create_app(Config.from_env()).app_context():
            upgrade()
            fill(options.ideas)
            db.session.remove()
        return subprocess.run([sys.executable, "-m", "tests.benchmarks.digest_job", "--build"]).returncode


if __name__ == "__main__":
    sys.exit(main())

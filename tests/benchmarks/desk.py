"""Response times of the analysts' pages: one user, a run of 5,000 ideas, one theme that holds 3,000 of them.

    python -m tests.benchmarks.desk [--ideas 5000] [--seconds 5]

Each page is served by gunicorn over PostgreSQL to one client that waits for each answer; a bare Flask "hello" in the
same run gives the scale. Printed for each page: requests, p50, p95 and p99 in milliseconds and the statements it sends
to the database; then how long it takes to move ideas and to undo that, with the commit. The exit code is 1 if a
page's p95 is over the target.
"""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import itertools
import sys
import time
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_security.utils import hash_password

from forum.analysis.curation.membership import move_ideas
from forum.analysis.curation.models import RecordedEdit
from forum.analysis.curation.queries import get_edit
from forum.analysis.curation.services import edit_theme, undo_edit
from forum.analysis.themes.models import Cluster, ClusterMember, MemberSource, RunState, Theme, ThemeIdea, ThemeRun
from forum.core.access import Role
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.voice.ideas.models import Idea, IdeaTally
from tests.benchmarks import serving
from tests.benchmarks.serving import Figures, drive, request_bytes
from tests.benchmarks.votes import PASSWORD, sign_in
from tests.factories import Factories

TARGET_P95_MILLISECONDS = 150
N_CLUSTERS, N_THEMES = 120, 40
SHARE_IN_ONE_THEME, DUPLICATE_EVERY = 0.6, 5
MOVED = (1, 50, 1_000)
ROUNDS = 10


def fill(n_ideas: int) -> dict[str, Any]:
    """Create one run over all ideas, themes and an edit of each. :return: what the addresses and figures need"""
    make = Factories()
    campaign, author = make.campaign(), make.citizen()
    analyst = make.account(Role.ANALYST, email="desk@example.org", password=hash_password(PASSWORD))
    db.session.commit()
    ids = _ideas(n_ideas, campaign.id, author.participant.id)
    building = {"state": RunState.BUILDING, "is_current": False, "finished_at": None}
    run = make.run(campaign, [], n_ideas=n_ideas, n_themed=n_ideas, **building)
    clusters = _clusters(run, ids)
    run.state, run.is_current, run.finished_at = RunState.FINISHED, True, run.data_cut_at
    db.session.flush()
    big = make.theme(campaign, [], run_id=run.id, cluster_id=clusters[0].id, title="가장 큰 주제")
    _members(big, ids[: int(n_ideas * SHARE_IN_ONE_THEME)])
    rest = ids[int(n_ideas * SHARE_IN_ONE_THEME) :]
    themes = [make.theme(campaign, [], run_id=run.id, title=f"주제 {n}") for n in range(N_THEMES)]
    for place, theme in enumerate(themes):
        _members(theme, rest[place::N_THEMES])
    for theme in (big, *themes):
        edit_theme(theme, analyst, theme.title, f"근거가 있는 문장입니다 [#{ids[0]}].", theme.version)
    db.session.commit()
    number = clusters[0].number
    who = (analyst.email, analyst.participant.id)
    return {"slug": campaign.slug, "run": run.id, "number": number, "big": big.id, "small": themes[0].id, "who": who}


def _ideas(n: int, campaign_id: int, author_id: int) -> list[int]:
    rows = [
        {
            "campaign_id": campaign_id,
            "author_id": author_id,
            "title": f"학교와 마을의 지붕에 태양광을 놓고 전기를 나누기 {place}",
            "body": "지붕이 비어 있으니 함께 씁시다. " * 20,
        }
        for place in range(n)
    ]
    db.session.execute(sa.insert(Idea), rows)
    ids = list(db.session.scalars(sa.select(Idea.id).where(Idea.campaign_id == campaign_id).order_by(Idea.id)))
    tallies = [
        {"idea_id": key, "agree": key * 7 % 101, "disagree": key * 3 % 23, "pass_": key % 11, "comments": 0}
        for key in ids
    ]
    db.session.execute(sa.insert(IdeaTally), tallies)
    return ids


def _clusters(run: ThemeRun, ids: list[int]) -> list[Cluster]:
    """Create one large cluster and many small ones; every fifth idea is a near-duplicate of the one before it."""
    large = int(len(ids) * SHARE_IN_ONE_THEME)
    parts = [ids[:large], *(ids[large + n :: N_CLUSTERS - 1] for n in range(N_CLUSTERS - 1))]
    made = []
    for number, part in enumerate(parts, start=1):
        words = [{"word": f"낱말{n}", "score": 5.0, "count": len(part)} for n in range(8)]
        cluster = Cluster(run_id=run.id, number=number, title=f"묶음 {number}", size=len(part), keywords=words)
        cluster.cohesion = 0.4 + number % 50 / 100
        db.session.add(cluster)
        db.session.flush()
        rows = [
            {
                "run_id": run.id,
                "cluster_id": cluster.id,
                "idea_id": key,
                "is_main": True,
                "score": 0.5,
                "rank": rank,
                "is_representative": rank <= 3,
                "copy_of_id": part[rank - 2] if rank % DUPLICATE_EVERY == 0 else None,
            }
            for rank, key in enumerate(part, start=1)
        ]
        db.session.execute(sa.insert(ClusterMember), rows)
        made.append(cluster)
    return made


def _members(theme: Theme, ids: list[int]) -> None:
    shared = {"theme_id": theme.id, "campaign_id": theme.campaign_id, "source": MemberSource.MACHINE, "score": 0.5}
    db.session.execute(sa.insert(ThemeIdea), [shared | {"idea_id": key} for key in ids])


def addresses(made: dict[str, Any]) -> dict[str, str]:
    desk, theme = f"/c/{made['slug']}/desk", f"/desk/themes/{made['big']}"
    cluster = f"/runs/{made['run']}/clusters/{made['number']}"
    return {
        "workbench, clusters": desk,
        "workbench, clusters by support": f"{desk}?sort=support",
        "workbench, themes": f"{desk}?tab=themes",
        "workbench, changes": f"{desk}?tab=changes",
        "workbench, edits": f"{desk}?tab=acts",
        "cluster of 3,000": cluster,
        "theme of 3,000": theme,
        "theme of 3,000, by closeness, page 40": f"{theme}?sort=close&page=40",
        "theme of 3,000, words in titles": f"{theme}?q=나누기 12",
        "theme of 50": f"/desk/themes/{made['small']}",
    }


def once_and_again(
    path: str, cookie: str = "", headers: dict[str, str] | None = None
) -> Iterator[tuple[object, bytes]]:
    from urllib.parse import quote

    request = request_bytes("GET", quote(path, safe="/?=&"), headers, cookie=cookie)
    return zip(itertools.repeat(None), itertools.repeat(request), strict=False)


def pages(port: int, made: dict[str, Any], cookie: str, seconds: float) -> dict[str, Figures]:
    """Measure each page with one client, and the fragment of the largest page that htmx asks for."""
    figures = {}
    for name, path in addresses(made).items():
        figures[name] = asyncio.run(drive(port, seconds, [once_and_again(path, cookie)]))
    piece = f"{addresses(made)['theme of 3,000']}?page=2&piece=members"
    asked = once_and_again(piece, cookie, {"HX-Request": "true"})
    figures["theme of 3,000, one piece for htmx"] = asyncio.run(drive(port, seconds, [asked]))
    return figures


def statements(app: Flask, path: str, made: dict[str, Any]) -> int:
    """Return how many statements the page sends to the database, without BEGIN."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    cookie_name = db.session.scalar(sa.select(Account.fs_uniquifier).where(Account.email == made["who"][0]))
    engine = db.engine
    db.session.rollback()

    def ask() -> int:
        client = app.test_client()
        with client.session_transaction(base_url=f"http://{serving.HOST}") as session:
            session["_user_id"], session["_fresh"] = cookie_name, True
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            return client.get(path, base_url=f"http://{serving.HOST}").status_code
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)

    status = contextvars.Context().run(ask)
    return len(seen) if status == 200 else -status


def edits(made: dict[str, Any]) -> None:
    """Measure moving ideas out of the large theme and undoing it by the services, with the commit."""
    analyst = db.session.scalars(sa.select(Account).where(Account.email == made["who"][0])).one()
    big, small = db.session.get_one(Theme, made["big"]), db.session.get_one(Theme, made["small"])
    ids = list(db.session.scalars(sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == big.id).limit(max(MOVED))))
    for n in MOVED:
        moves, undos = Figures(), Figures()
        for _ in range(ROUNDS):
            began = time.perf_counter()
            move_ideas(big, small, ids[:n], analyst, big.version)
            db.session.commit()
            moves.latencies.append((time.perf_counter() - began) * 1000)
            newest = get_edit(db.session.scalar(sa.select(sa.func.max(RecordedEdit.id))) or 0)
            began = time.perf_counter()
            undo_edit(newest, analyst)
            db.session.commit()
            undos.latencies.append((time.perf_counter() - began) * 1000)
        said = "  ".join(f"{name} p50 {f.percentile(0.5):6.1f} ms" for name, f in (("move", moves), ("undo", undos)))
        print(f"{n:>5} ideas: {said}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="response times of the analysts' pages")
    parser.add_argument("--ideas", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    with serving.database() as base, serving.forum(base.url) as app:
        base.prepare(app)
        made = fill(options.ideas)
        serving.analyse_tables(base.url)
        with serving.gunicorn("tests.benchmarks.hello:app", {}) as port:
            print(asyncio.run(drive(port, options.seconds, [once_and_again("/hello")])).line("bare hello"), flush=True)
        with serving.gunicorn("wsgi:app", {"DATABASE_URL": base.url, "SESSION_COOKIE_SECURE": "0"}) as port:
            idea_id = db.session.scalar(sa.select(sa.func.min(Idea.id))) or 0
            db.session.rollback()
            (analyst,) = asyncio.run(sign_in(port, [made["who"]], idea_id))
            figures = pages(port, made, analyst.cookie, options.seconds)
        for name, figure in figures.items():
            path = addresses(made).get(name)
            sent = f"  {statements(app, path, made):3} statements" if path else ""
            print(figure.line(name) + sent, flush=True)
        edits(made)
    slow = [name for name, figure in figures.items() if not figure.percentile(0.95) <= TARGET_P95_MILLISECONDS]
    failed = [name for name, figure in figures.items() if figure.errors]
    print(f"over {TARGET_P95_MILLISECONDS} ms: {', '.join(slow) or 'none'}; with errors: {', '.join(failed) or 'none'}")
    return 1 if slow or failed else 0


if __name__ == "__main__":
    sys.exit(main())

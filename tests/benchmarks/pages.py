"""How long people wait for a page: 1,000 and 100,000 ideas, 1 and 50 clients, signed in and not.

    python -m tests.benchmarks.pages [--sizes 1000 100000] [--seconds 8]

Ideas are made of sentences of the sample forum, put together anew by a seeded generator; each has votes and comments.
The pages are served by gunicorn over PostgreSQL on the same cores as the generator, and beside them a bare Flask
"hello" in the same run. Printed for each page: requests a second, p50 and p95 in milliseconds, and the statements it
sends to the database; at the end how the cost grew from the smallest forum to the largest.
"""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import functools
import json
import random
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_security.utils import hash_password

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.core.reference import DATA_DIR, Sector, regions
from forum.voice.ideas.models import Comment, Idea, IdeaState, IdeaTally
from forum.voice.ideas.search import SEARCH_TOKENS_VERSION, tokens_of
from forum.voice.votes.models import Vote, VoteEvent
from tests.benchmarks import serving
from tests.benchmarks.serving import Figures, drive, request_bytes
from tests.benchmarks.votes import PASSWORD, Voter, sign_in
from tests.factories import Factories

BATCH_SIZE = 5_000
PEOPLE = 200
VOTES_EACH, COMMENTS_EACH = 6, 1
CLIENTS = (1, 50)
COMMON_WORD, RARE_WORDS = "학교", "빗물 텃밭"


def sentences() -> list[tuple[str, list[str], str]]:
    """(title, sentences of the body, search tokens) of each sample idea."""
    found = []
    for path in sorted((DATA_DIR / "sample" / "ideas").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            idea = json.loads(line)
            found.append((idea["title"], re.split(r"(?<=[.!?])\s+", idea["body"]), tokens_of(idea["title"], "")))
    return found


def fill(n_ideas: int, seed: int = 0) -> tuple[str, list[int], int, list[tuple[str, int]]]:
    """:return: the campaign's slug, ideas' ids, a theme's id, (address, participant id) of the people"""
    make, chance = Factories(), random.Random(seed)
    campaign = make.campaign()
    password = hash_password(PASSWORD)
    people = [make.citizen(password=password, email=f"reader{n}@example.org") for n in range(PEOPLE)]
    who = [(person.email, person.participant.id) for person in people]
    db.session.commit()
    source = sentences()
    tokens = {part: tokens_of(part, "") for _title, parts, _tokens in source for part in parts}
    first = (db.session.scalar(sa.select(sa.func.max(Idea.id))) or 0) + 1
    for start in range(0, n_ideas, BATCH_SIZE):
        ids = range(first + start, first + min(start + BATCH_SIZE, n_ideas))
        _store(ids, [_made(idea_id, campaign.id, who, source, tokens, chance) for idea_id in ids], who, chance)
    db.session.execute(sa.text("SELECT setval('idea_id_seq', :n)"), {"n": first + n_ideas})
    members = list(db.session.scalars(sa.select(Idea).order_by(Idea.id).limit(300)))
    theme = make.theme(db.session.merge(campaign), members, state=ThemeState.APPROVED)
    db.session.commit()
    return campaign.slug, list(range(first, first + n_ideas)), theme.id, who


def _made(
    idea_id: int,
    campaign_id: int,
    who: Sequence[tuple[str, int]],
    source: Sequence[tuple[str, list[str], str]],
    tokens: dict[str, str],
    chance: random.Random,
) -> dict[str, Any]:
    title, _parts, title_tokens = chance.choice(source)
    parts = [chance.choice(chance.choice(source)[1]) for _ in range(4)]
    words = dict.fromkeys(" ".join([title_tokens, *(tokens[part] for part in parts)]).split())
    at = clock.now() - timedelta(minutes=chance.randrange(60 * 24 * 60))
    return {
        "id": idea_id,
        "campaign_id": campaign_id,
        "author_id": chance.choice(who)[1],
        "title": f"{title} ({idea_id})",
        "body": " ".join(parts),
        "sector": chance.choice(list(Sector)),
        "region_code": chance.choice(list(regions())),
        "state": IdeaState.OPEN,
        "revision": 1,
        "search_tokens": " ".join(words),
        "search_tokens_version": SEARCH_TOKENS_VERSION,
        "created_at": at,
        "updated_at": at,
    }


def _store(ids: range, ideas: list[dict[str, Any]], who: Sequence[tuple[str, int]], chance: random.Random) -> None:
    """A piece of ideas with their votes, events, comments and tallies, written as tables and not as objects."""
    votes, tallies, comments = [], [], []
    for idea_id in ids:
        cast = {p: chance.choice((1, 1, 1, 0, -1)) for _e, p in chance.sample(who, chance.randrange(2 * VOTES_EACH))}
        votes += [{"idea_id": idea_id, "participant_id": p, "value": value} for p, value in cast.items()]
        said = chance.randrange(2 * COMMENTS_EACH + 1)
        comments += [
            {"idea_id": idea_id, "author_id": chance.choice(who)[1], "body": "좋은 생각입니다. 함께해요."}
        ] * said
        values = list(cast.values())
        counts = {"agree": values.count(1), "disagree": values.count(-1), "pass": values.count(0), "comments": said}
        tallies.append({"idea_id": idea_id} | counts)
    now = clock.now()
    for kind, rows, extra in (
        (Idea, ideas, {}),
        (IdeaTally, tallies, {}),
        (Vote, votes, {"cast_at": now}),
        (VoteEvent, votes, {"at": now}),
        (Comment, comments, {"created_at": now}),
    ):
        if rows:
            db.session.execute(sa.insert(kind.__table__), [row | extra for row in rows])
    db.session.commit()


def pages_of(slug: str, ideas: Sequence[int], theme_id: int) -> dict[str, list[str]]:
    """Addresses by page; several where readers would look at several."""
    from urllib.parse import quote

    chance = random.Random(1)
    listing = f"/c/{slug}/ideas"
    return {
        "idea list, newest": [listing],
        "idea list, by sector": [f"{listing}?sector={sector.name}" for sector in Sector],
        "idea list, most agreed": [f"{listing}?sort=agree"],
        "search, a common word": [f"{listing}?q={quote(COMMON_WORD)}"],
        "search, rare words": [f"{listing}?q={quote(RARE_WORDS)}"],
        "idea page": [f"/ideas/{idea_id}" for idea_id in chance.sample(list(ideas), 300)],
        "theme page": [f"/themes/{theme_id}"],
    }


def asking(paths: Sequence[str], cookies: Sequence[str], seed: int) -> Iterator[tuple[object, bytes]]:
    chance = random.Random(seed)
    while True:
        yield None, request_bytes("GET", chance.choice(paths), cookie=chance.choice(cookies))


def statements(app: Flask, path: str) -> int:
    """How many statements one visit sends to the database; nothing is kept between visits here."""
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        visit = functools.partial(app.test_client().get, path, base_url=f"https://{serving.HOST}")
        answer = contextvars.Context().run(visit)  # a request of its own, not one inside our application context
        assert answer.status_code == 200, (path, answer.status_code)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def measure(port: int, paths: Sequence[str], voters: Sequence[Voter], seconds: float) -> dict[str, Figures]:
    found = {}
    for who, cookies in (("visitor", [""]), ("signed in", [voter.cookie for voter in voters])):
        for clients in CLIENTS:
            sources = [asking(paths, cookies, seed) for seed in range(clients)]
            found[f"{who}, {clients} at once"] = asyncio.run(drive(port, seconds, sources))
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pages", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--seconds", type=float, default=6.0, help="of each measurement")
    parser.add_argument("--page", help="only pages whose name holds this")
    options = parser.parse_args(arguments)
    with serving.gunicorn("tests.benchmarks.hello:app", {}) as port:
        for clients in CLIENTS:
            hello = [asking(["/hello"], [""], seed) for seed in range(clients)]
            print(asyncio.run(drive(port, options.seconds / 2, hello)).line(f"bare Flask hello, {clients} at once"))
    medians: dict[str, list[float]] = {}
    n_errors = 0
    for size in options.sizes:
        for name, figures in _of_size(size, options).items():
            medians.setdefault(name, []).append(figures.percentile(0.5))
            n_errors += sum(figures.errors.values())
    print("\nCost of the largest forum over that of the smallest (median against median):")
    for name, values in medians.items():
        print(f"  {name:<48} {values[-1] / values[0]:5.2f}")
    return 1 if n_errors else 0


def _of_size(size: int, options: argparse.Namespace) -> dict[str, Figures]:
    measured = {}
    with serving.database() as base, serving.forum(base.url) as app:
        base.prepare(app)
        slug, ideas, theme_id, who = fill(size)
        db.session.remove()  # no transaction is left waiting meanwhile
        serving.analyse_tables(base.url)
        with serving.gunicorn("wsgi:app", {"DATABASE_URL": base.url}) as port:
            voters = asyncio.run(sign_in(port, who[:50], ideas[0]))
            print(f"\n{size:,} ideas")
            for name, paths in pages_of(slug, ideas, theme_id).items():
                if options.page and options.page not in name:
                    continue
                n = statements(app, paths[0])
                for how, figures in measure(port, paths, voters, options.seconds).items():
                    measured[f"{name}, {how}"] = figures
                    print(figures.line(f"{name}, {how}") + f"  {n} statements", flush=True)
    return measured


if __name__ == "__main__":
    raise SystemExit(main())

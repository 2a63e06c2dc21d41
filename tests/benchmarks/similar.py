"""Cost of finding similar ideas: `python -m tests.benchmarks.similar [--ideas FILE.jsonl …] [--web]`.

Ideas and vectors are made as in `tests.benchmarks.themes` (recombined sentences, made vectors of the stored size), the
questions likewise with another seed: figures of cost, never of recall. One JSON line for each size: milliseconds a
question, with words alone and with a vector, ours beside the naive way (scikit-learn's TF-IDF over the same tokens and
all vectors in memory, all products, everything sorted); what index and mapped file hold; the groups for analysts.
With `--web`, the way the pages take, over as many ideas in a throw-away database on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.batches import gen_batches
from nlp.records import IdeaText
from nlp.similarity.encoders import IdeaEmbeddings
from nlp.text.tokens import search_tokens
from tests.benchmarks.themes import SAMPLE, _sources, recombined

QUESTIONS, K, WARM = 200, 5, 5
BATCH_SIZE = 5_000  # rows inserted at once
MIB = 2**20


def one_size(paths: list[Path], n: int) -> None:
    """Measure index, questions and groups of `n` ideas; runs in its own process, to measure its memory."""
    from nlp.similarity.embedding_store import EmbeddingStore, write_embeddings
    from nlp.similarity.index import SimilarityIndex

    ideas, vectors = recombined(_sources(paths), n)
    questions, asked = recombined(_sources(paths), QUESTIONS, seed=1)
    with tempfile.TemporaryDirectory(prefix="forum-bench-") as name:
        folder, clock = Path(name), Watch()
        write_embeddings(folder, vectors)
        file = clock.read() | {"mib": round(sum(path.stat().st_size for path in folder.iterdir()) / MIB)}
        embeddings, clock = EmbeddingStore(folder), Watch()
        index = SimilarityIndex(ideas, embeddings)
        build = clock.read()
        rows = [embeddings.query_row(*pair) for pair in zip(asked.titles, asked.bodies, strict=True)]
        said: dict[str, Any] = {"ideas": n, "vector_file": file, "index": build}
        said["words_ms"] = times(lambda at: index.similar_ideas(questions[at], K))
        said["with_vectors_ms"] = times(lambda at: index.similar_ideas(questions[at], K, rows[at]))
        said["naive"] = naive(ideas, questions, vectors, asked)
        clock = Watch()
        groups = index.duplicate_groups()
        said["groups"] = clock.read() | {"n": len(groups), "largest": max(map(len, groups), default=0)}
    print(json.dumps(said), flush=True)


def naive(
    ideas: Sequence[IdeaText], questions: Sequence[IdeaText], vectors: IdeaEmbeddings, asked: IdeaEmbeddings
) -> dict[str, Any]:
    """The same in ten lines: every product with every idea, sorted."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    def tokens(idea: IdeaText) -> list[str]:
        return search_tokens(idea.title) * 3 + search_tokens(idea.body[:1_000])

    clock = Watch()
    vectorizer = TfidfVectorizer(analyzer=tokens, sublinear_tf=True)
    table = vectorizer.fit_transform(ideas)
    means = [np.asarray(part, dtype=np.float32).mean(axis=0) for part in (vectors.titles, vectors.bodies)]

    def centred(of: IdeaEmbeddings) -> Any:
        return np.hstack([normalize(part - mean) for part, mean in zip((of.titles, of.bodies), means, strict=True)])

    held, own = centred(vectors), centred(asked)
    built = clock.read()

    def by_words(at: int) -> Any:
        return (table @ vectorizer.transform([questions[at]]).T).toarray().ravel()

    return {
        "index": built,
        "words_ms": times(lambda at: np.argsort(-by_words(at))[:K]),
        "with_vectors_ms": times(lambda at: np.argsort(-(by_words(at) + held @ own[at] / 2))[:K]),
    }


def web(paths: list[Path], sizes: Sequence[int]) -> None:
    """Measure the question of the page for new ideas and the page of similar ideas, as a visitor asks for them."""
    from tests.servers import PostgresBase, SqliteBase

    sources = _sources(paths)
    questions, _asked = recombined(sources, QUESTIONS, seed=1)
    for size in sizes:
        ideas, vectors = recombined(sources, size)
        for base in (SqliteBase(), PostgresBase()):
            try:
                print(json.dumps(_on(base, ideas, vectors, questions)), flush=True)
            finally:
                base.close()


def _on(base: Any, ideas: Sequence[IdeaText], vectors: IdeaEmbeddings, questions: Sequence[IdeaText]) -> dict[str, Any]:
    from forum.analysis.embeddings.services import configured_encoder
    from forum.core.extensions import db
    from nlp.similarity.embedding_store import write_embeddings
    from tests.benchmarks import serving

    with serving.forum(base.url) as app:
        base.prepare(app)
        campaign_id, slug = fill(ideas)
        if base.name == "postgresql":
            serving.analyse_tables(base.url)
        client = app.test_client()

        def ask(path: str, **values: str) -> Any:
            answer = client.get(path, query_string=values, base_url=f"https://{serving.HOST}")
            assert answer.status_code == 200, (path, answer.status_code)
            db.session.remove()
            return answer

        def write(at: int) -> Any:
            return ask(f"/c/{slug}/ideas/similar", title=questions[at].title, body=questions[at].body[:1_500])

        def read(at: int) -> Any:
            return ask(f"/ideas/{ideas[at * len(ideas) // QUESTIONS].key + 1}/similar")

        said = {
            "engine": base.name,
            "ideas": len(ideas),
            "writing_ms": times(write),
            "similar_by_words_ms": times(read),
        }
        encoder = configured_encoder()
        if encoder is not None:
            named = IdeaEmbeddings(encoder.identity, vectors.keys + 1, vectors.titles, vectors.bodies)
            write_embeddings(Path(app.config["INSTANCE_DIR"]) / "vectors" / str(campaign_id), named)
            said["similar_with_vectors_ms"] = times(read)
        return said


def fill(ideas: Sequence[IdeaText]) -> tuple[int, str]:
    """Insert ideas with their search tokens as rows, not as objects. :return: the campaign's id and slug"""
    import sqlalchemy as sa

    from forum.core import clock
    from forum.core.extensions import db
    from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
    from forum.voice.ideas.search import SEARCH_TOKENS_VERSION, tokens_of
    from tests.factories import Factories

    make, now = Factories(), clock.now()
    campaign, author = make.campaign(), make.citizen()
    campaign_id, slug, author_id = campaign.id, campaign.slug, author.participant.id
    db.session.commit()
    every = {"campaign_id": campaign_id, "author_id": author_id, "state": IdeaState.OPEN, "revision": 1}
    every |= {"search_tokens_version": SEARCH_TOKENS_VERSION, "created_at": now, "updated_at": now}
    for batch in gen_batches(len(ideas), BATCH_SIZE):
        rows = [
            {
                "id": i.key + 1,
                "title": i.title[:300],
                "body": i.body or "-",
                "search_tokens": tokens_of(i.title, i.body),
            }
            for i in ideas[batch]
        ]
        none = {"agree": 0, "disagree": 0, "pass": 0, "comments": 0}
        db.session.execute(sa.insert(Idea.__table__), [row | every for row in rows])
        db.session.execute(sa.insert(IdeaTally.__table__), [{"idea_id": row["id"]} | none for row in rows])
        db.session.commit()
    return campaign_id, slug


class Watch:
    """Seconds, processor seconds and memory since its creation."""

    def __init__(self) -> None:
        self.began, self.used, self.held = time.perf_counter(), time.process_time(), private_mib()

    def read(self) -> dict[str, float]:
        """`peak_mib` is of the whole process so far, including mapped files."""
        return {
            "seconds": round(time.perf_counter() - self.began, 1),
            "cpu_seconds": round(time.process_time() - self.used, 1),
            "private_mib_more": round(private_mib() - self.held),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


def private_mib() -> float:
    """Return the memory that no other process can share; 0 if the system does not report it."""
    told = Path("/proc/self/smaps_rollup")
    if not told.exists():
        return 0.0
    lines = (line.split() for line in told.read_text(encoding="utf-8").splitlines())
    return sum(int(line[1]) for line in lines if line[0].startswith("Private")) / 1024


def times(ask: Callable[[int], object]) -> dict[str, float]:
    """Return p50 and p95 of `QUESTIONS` questions one after the other, and processor time of each, in milliseconds."""
    for at in range(WARM):
        ask(at)
    taken, used = [], time.process_time()
    for at in range(QUESTIONS):
        began = time.perf_counter()
        ask(at)
        taken.append(1_000 * (time.perf_counter() - began))
    cpu = 1_000 * (time.process_time() - used) / QUESTIONS
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1), "cpu": round(cpu, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--ideas", type=Path, nargs="+", default=SAMPLE, metavar="FILE.jsonl")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--web", action="store_true", help="the pages' way, on SQLite and PostgreSQL")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.web:
        web(options.ideas, options.sizes)
        return
    if options.one:
        one_size(options.ideas, options.one)
        return
    for size in options.sizes:
        command = [sys.executable, "-m", "tests.benchmarks.similar", "--one", str(size)]
        subprocess.run([*command, "--ideas", *map(str, options.ideas)], check=True)


if __name__ == "__main__":
    main()

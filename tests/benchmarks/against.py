"""Ours beside other ways on the same tokens and vectors: `python -m tests.benchmarks.against --ideas … --labels …`.

Each way runs in a process of its own, so that its memory and time are its own. The encoding is done before and counted
for none; ours reads its tokens itself and gives titles and a quality report too, all within its time. BERTopic is
compared where it is installed (extra `[bench]`). Ideas left in no theme count as a group of their own each, as in
`python -m nlp evaluate`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.preprocessing import normalize

from nlp.cluster.vectorize import centre_rows, latent_vectors, tfidf
from nlp.evaluation.files import cached_embeddings, read_ideas, read_labels
from nlp.records import IdeaText
from nlp.similarity.encoders import IdeaEmbeddings, get_encoder

Labels = np.ndarray[Any, Any]
Tokens = Sequence[Sequence[str]]


def ours(ideas: Sequence[IdeaText], _tokens: Tokens, vectors: IdeaEmbeddings, _told: int) -> Labels:
    from nlp.pipeline import analyse  # here, so that the others do not carry its libraries in their memory

    theming = analyse(ideas, embeddings=vectors)
    group = {member.key: number for number, theme in enumerate(theming.themes) for member in theme.members}
    return np.array([group.get(idea.key, -1) for idea in ideas])


def lsa_kmeans(_ideas: Sequence[IdeaText], tokens: Tokens, _vectors: IdeaEmbeddings, told: int) -> Labels:
    rows = latent_vectors(tfidf(tokens)[0], 100, 0)
    return np.asarray(KMeans(told, n_init=10, random_state=0).fit_predict(rows))


def bertopic(_ideas: Sequence[IdeaText], tokens: Tokens, vectors: IdeaEmbeddings, told: int) -> Labels:
    """Its own defaults but for a seed; with `told`, k-means in place of HDBSCAN, as its documentation shows."""
    from bertopic import BERTopic
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    model = BERTopic(
        umap_model=UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0),
        hdbscan_model=KMeans(told, n_init=10, random_state=0) if told else None,
        vectorizer_model=CountVectorizer(analyzer=str.split),
    )
    topics, _shares = model.fit_transform([" ".join(words) for words in tokens], embeddings=_summed(vectors))
    return np.array(topics)


def _summed(vectors: IdeaEmbeddings) -> np.ndarray[Any, Any]:
    """Titles and bodies as ours adds them up: raw rows lie in a narrow cone, where every way does badly."""
    return np.asarray(normalize(centre_rows(vectors.titles) + centre_rows(vectors.bodies)))


WAYS = {
    "ours": (ours, False),
    "LSA + k-means, told": (lsa_kmeans, True),
    "BERTopic, defaults": (bertopic, False),
    "BERTopic + k-means, told": (bertopic, True),
}
COLUMNS = ("nmi", "ari", "found", "coverage", "seconds", "cpu_seconds", "peak_mb")


def one_way(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Run one way in this process and say how it did and what it took."""
    by_name = read_ideas(options.ideas)
    ideas, labels = list(by_name.values()), read_labels(options.labels, "theme")
    vectors = _vectors(ideas, options.vectors)
    tokens = json.loads(options.tokens.read_text(encoding="utf-8"))
    way, is_told = WAYS[name]
    told = len(set(labels.values())) if is_told else 0
    began, used = time.perf_counter(), time.process_time()
    found = way(ideas, tokens, vectors, told)
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - used}
    groups = np.where(found < 0, -1 - np.arange(len(found)), found)
    place = {idea_name: row for row, idea_name in enumerate(by_name)}
    scored = [groups[place[idea_name]] for idea_name in labels]
    return {
        "nmi": float(normalized_mutual_info_score(list(labels.values()), scored)),
        "ari": float(adjusted_rand_score(list(labels.values()), scored)),
        "found": len(set(found[found >= 0])),
        "coverage": float((found >= 0).mean()),
        **took,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _vectors(ideas: Sequence[IdeaText], kept: Path) -> IdeaEmbeddings:
    encoder = get_encoder("auto")
    if encoder is None:
        raise SystemExit("no sentence encoder can run here, and every way needs the same vectors")
    return cached_embeddings(encoder, ideas, kept)


def _write_tokens(ideas: Sequence[IdeaText], path: Path) -> None:
    """The nouns that ours reads, the title's repeated, for the ways that do not read for themselves."""
    from nlp.pipeline import Settings
    from nlp.text.tokenized import tokenize_ideas

    tokenized = tokenize_ideas(ideas, Settings().title_weight, Settings().body_chars)
    path.write_text(json.dumps([idea.words for idea in tokenized]), encoding="utf-8")


def main() -> None:
    options = _options()
    if options.one:
        print(json.dumps(one_way(options.one, options)))
        return
    ideas = list(read_ideas(options.ideas).values())
    _vectors(ideas, options.vectors)  # once, before any way is timed
    print(f"{'':26}" + "".join(f"{column:>12}" for column in COLUMNS), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        options.tokens = Path(folder) / "tokens.json"
        _write_tokens(ideas, options.tokens)
        for name in WAYS:
            if name.startswith("BERTopic") and importlib.util.find_spec("bertopic") is None:
                print(f"{name:26}  not compared: BERTopic is not installed here (extra [bench])", flush=True)
            else:
                print(f"{name:26}" + _row(_in_own_process(name, options)), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--ideas", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--labels", type=Path, required=True, metavar="FILE.csv")
    parser.add_argument("--vectors", type=Path, required=True, metavar="KEPT.npz", help="made if not there")
    parser.add_argument("--one", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--tokens", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_own_process(name: str, options: argparse.Namespace) -> dict[str, float]:
    files = [f"--{kind}={getattr(options, kind)}" for kind in ("ideas", "labels", "vectors", "tokens")]
    command = [sys.executable, "-m", "tests.benchmarks.against", f"--one={name}", *files]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(said.stdout.splitlines()[-1]))


def _row(figures: dict[str, float]) -> str:
    return "".join(f"{figures[c]:12.3f}" if c in COLUMNS[:2] else f"{figures[c]:12.4g}" for c in COLUMNS)


if __name__ == "__main__":
    main()

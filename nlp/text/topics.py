"""A taxonomy of net-zero policy topics with the words people use for them (`data/netzero_topics.csv`).

Where a corpus uses these words, its themes start from the topics and are then shaped by the ideas themselves. For any
other corpus (headlines, another subject) the taxonomy is not used and themes are found from the ideas alone.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nlp.text.tokens import DATA_DIR, PhraseMatcher, lexicon

UNKNOWN = -1
MIN_TOPIC_SHARE = 0.5  # share of an idea's topic scores that its first topic must have
TITLE_WEIGHT = 5  # a title names the subject, a body mentions others too
TopicScores = dict[int, float]
"""Index of a topic in the taxonomy -> score > 0, only topics that are mentioned."""


@dataclass(frozen=True)
class Topic:
    """A policy topic, or a sector with the words of all its topics.

    :param sector: its sector's code
    :param title: a title that a ministry would recognise
    :param indices: its own index in `topic_taxonomy()`; for a sector, those of all its topics
    """

    sector: str
    title: str
    words: tuple[str, ...]
    indices: frozenset[int]


@cache
def topic_taxonomy() -> tuple[Topic, ...]:
    """Return the shipped topics, in their file's order."""
    with (DATA_DIR / "netzero_topics.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return tuple(
            Topic(row["sector"], row["title"], tuple(row["words"].split()), frozenset({index}))
            for index, row in enumerate(rows)
        )


@cache
def sector_taxonomy() -> tuple[Topic, ...]:
    """Return the sectors, ordered by code, each with a title of its own and the words of all its topics."""
    with (DATA_DIR / "sector_titles.csv").open(encoding="utf-8", newline="") as file:
        titles = {row["sector"]: row["title"] for row in csv.DictReader(file)}
    sectors = []
    for sector in sorted({topic.sector for topic in topic_taxonomy()}):
        topics = [topic for topic in topic_taxonomy() if topic.sector == sector]
        words = tuple(word for topic in topics for word in topic.words)
        sectors.append(Topic(sector, titles[sector], words, frozenset().union(*(topic.indices for topic in topics))))
    return tuple(sectors)


@cache
def topic_matcher() -> PhraseMatcher:
    """Return a matcher of every word of the taxonomy, however the dictionary splits it."""
    return PhraseMatcher(word for topic in topic_taxonomy() for word in topic.words)


@cache
def _topic_indices() -> dict[str, tuple[int, ...]]:
    """Return the topics of each word."""
    indices: dict[str, list[int]] = {}
    for index, topic in enumerate(topic_taxonomy()):
        for word in topic.words:
            indices.setdefault(word, []).append(index)
    return {word: tuple(found) for word, found in indices.items()}


@cache
def _split_words() -> frozenset[str]:
    """Return the compounds of the lexicon that the taxonomy lacks."""
    return frozenset(lexicon().keys() - _topic_indices().keys())


def score_topics(title: Sequence[str], body: Sequence[str]) -> TopicScores:
    """Score how strongly an idea mentions each topic: 1 + ln(weighted count), summed over the topic's words.

    :param title: all tokens of the title, in order
    :param body: those of the body's beginning
    """
    counts: dict[str, int] = {}
    for tokens, weight in ((title, TITLE_WEIGHT), (body, 1)):
        for word in topic_matcher().find_all(_split_lexicon_words(tokens)):
            counts[word] = counts.get(word, 0) + weight
    scores: TopicScores = {}
    for word, count in counts.items():
        for index in _topic_indices()[word]:
            scores[index] = scores.get(index, 0.0) + 1.0 + float(np.log(count))
    return scores


def _split_lexicon_words(tokens: Sequence[str]) -> Sequence[str]:
    """Replace compounds of the lexicon that the taxonomy lacks by their parts: 따릉이대여소 by 따릉이 and 대여소."""
    if _split_words().isdisjoint(tokens):
        return tokens
    known, own = lexicon(), _topic_indices()
    return [part for word in tokens for part in ((word,) if word in own else known.get(word, (word,)))]


def topic_coverage(topic_scores: Sequence[TopicScores]) -> float:
    """Return the share of ideas, 0..1, whose title mentions a topic: is the corpus about this field?"""
    mentioned = [max(scores.values(), default=0.0) >= 1.0 + float(np.log(TITLE_WEIGHT)) for scores in topic_scores]
    return float(np.mean(mentioned)) if mentioned else 0.0


def confident_topics(topic_scores: Sequence[TopicScores]) -> np.ndarray[Any, Any]:
    """Return the topic of each idea that has at least `MIN_TOPIC_SHARE` of its scores, or UNKNOWN.

    :return: (n_ideas,) int, index in the taxonomy
    """
    found = np.full(len(topic_scores), UNKNOWN)
    for row, scores in enumerate(topic_scores):
        if scores:
            best = max(scores, key=lambda index: (scores[index], -index))
            if scores[best] >= MIN_TOPIC_SHARE * sum(scores.values()):
                found[row] = best
    return found

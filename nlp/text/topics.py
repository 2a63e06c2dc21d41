"""What the field already knows: the policy subjects of net zero and their words (`data/netzero_topics.csv`).

Where a corpus speaks these words, its themes start from them and are then shaped by the ideas themselves; elsewhere
(headlines, any other subject) the book stays closed and themes are found from nothing.
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
SURE = 0.5  # share of an idea's evidence that its first topic must have
TITLE_WEIGHT = 5  # a title names the subject, a body wanders through others


@dataclass(frozen=True)
class Topic:
    """A subject of policy: its sector's code, a title that a ministry would recognise, and its words."""

    sector: str
    title: str
    words: tuple[str, ...]
    places: frozenset[int]
    """Its own place in the book of topics; those of all its topics for a sector."""


@cache
def topic_book() -> tuple[Topic, ...]:
    """Topics of the shipped book, in its order."""
    with (DATA_DIR / "netzero_topics.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return tuple(
            Topic(row["sector"], row["title"], tuple(row["words"].split()), frozenset({place}))
            for place, row in enumerate(rows)
        )


@cache
def sector_book() -> tuple[Topic, ...]:
    """The sectors of the book, by their codes' order, each with a title of its own and the words of all its topics."""
    with (DATA_DIR / "sector_titles.csv").open(encoding="utf-8", newline="") as file:
        titles = {row["sector"]: row["title"] for row in csv.DictReader(file)}
    sectors = []
    for sector in sorted({topic.sector for topic in topic_book()}):
        topics = [topic for topic in topic_book() if topic.sector == sector]
        words = tuple(word for topic in topics for word in topic.words)
        sectors.append(Topic(sector, titles[sector], words, frozenset().union(*(topic.places for topic in topics))))
    return tuple(sectors)


@cache
def topic_matcher() -> PhraseMatcher:
    """Every word of the book, to be found in a run of tokens whatever way the dictionary splits it."""
    return PhraseMatcher(word for topic in topic_book() for word in topic.words)


@cache
def _topics_of() -> dict[str, tuple[int, ...]]:
    places: dict[str, list[int]] = {}
    for place, topic in enumerate(topic_book()):
        for word in topic.words:
            places.setdefault(word, []).append(place)
    return {word: tuple(found) for word, found in places.items()}


def topic_evidence(title: Sequence[str], body: Sequence[str]) -> dict[int, float]:
    """How strongly an idea speaks of each topic: log counts of the topic's words.

    :param title: all tokens of the title, in order; :param body: those of the body's beginning
    :return: {place in the book: weight > 0}, only topics that are touched
    """
    counts: dict[str, int] = {}
    for tokens, weight in ((title, TITLE_WEIGHT), (body, 1)):
        for word in topic_matcher().find_all(_in_parts(tokens)):
            counts[word] = counts.get(word, 0) + weight
    scores: dict[int, float] = {}
    for word, count in counts.items():
        for place in _topics_of()[word]:
            scores[place] = scores.get(place, 0.0) + 1.0 + float(np.log(count))
    return scores


def _in_parts(tokens: Sequence[str]) -> Sequence[str]:
    """A compound of the lexicon that the book doesn't hold is heard by its parts: 따릉이대여소 is 따릉이 and 대여소."""
    known, own = lexicon(), _topics_of()
    if not any(word in known and word not in own for word in tokens):
        return tokens
    return [part for word in tokens for part in ((word,) if word in own else known.get(word, (word,)))]


def share_that_speaks(evidence: Sequence[dict[int, float]]) -> float:
    """Share of ideas, 0..1, whose title touches a topic of the book: is this corpus of its field?"""
    named = [max(scores.values(), default=0.0) >= 1.0 + float(np.log(TITLE_WEIGHT)) for scores in evidence]
    return float(np.mean(named)) if named else 0.0


def sure_topics(evidence: Sequence[dict[int, float]]) -> np.ndarray[Any, Any]:
    """For each idea the topic that clearly leads, or UNKNOWN.

    :return: int array (n_ideas,)
    """
    found = np.full(len(evidence), UNKNOWN)
    for row, scores in enumerate(evidence):
        if scores:
            best = max(scores, key=lambda place: (scores[place], -place))
            if scores[best] >= SURE * sum(scores.values()):
                found[row] = best
    return found

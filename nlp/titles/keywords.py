"""Keywords of a theme by keyness, and the ideas that represent it. Its title: `nlp.titles.generate`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from itertools import chain
from typing import Any

import numpy as np

from nlp.records import Keyword

N_KEYWORDS = 10
MIN_KEYNESS = 6.63  # chi-square with one degree of freedom at p = 0.01
Floats = np.ndarray[Any, Any]


def extract_keywords(inside: Sequence[Set[str]], document_frequency: Counter[str], n_texts: int) -> tuple[Keyword, ...]:
    """Return the words that are overused in a theme, by log-likelihood ratio (Dunning 1993), the strongest first.

    :param inside: the distinct words of each text of the theme
    :param document_frequency: in how many texts of the whole corpus each word occurs
    :param n_texts: texts of the whole corpus
    """
    here = Counter(chain.from_iterable(inside))
    common = [(word, count) for word, count in here.items() if count >= min(2, len(inside))]
    inside_counts = np.array([count for _word, count in common], dtype=float)
    outside_counts = np.array([document_frequency[word] for word, _count in common], dtype=float) - inside_counts
    scores = _keyness(inside_counts, len(inside), outside_counts, n_texts - len(inside)).round(3).tolist()
    ranked = sorted((-score, -len(word), word, count) for (word, count), score in zip(common, scores, strict=True))
    strong = [entry for entry in ranked if -entry[0] >= MIN_KEYNESS] or ranked[:3]
    return tuple(_without_parts([Keyword(word, -score, count) for score, _length, word, count in strong]))


def select_representatives(
    vectors: Floats, scores: Sequence[float], n_central: int = 2, preferred: Sequence[Sequence[int]] = ()
) -> list[int]:
    """Return the indices of at most three members: the most central ones, and of the others the least similar one.

    :param vectors: (n_members, n_features) of unit length
    :param scores: (n_members,) cosine to the theme's centre
    :param preferred: groups of members, the best first; the first group of at least three is chosen from alone
    """
    pool = next((group for group in preferred if len(group) > n_central), range(len(scores)))
    order = sorted(pool, key=lambda index: (-scores[index], index))
    chosen = order[:n_central]
    rest = order[n_central:]
    if rest:
        cosines = vectors[rest] @ vectors[chosen].T
        chosen.append(rest[int(np.argmin(cosines.max(axis=1)))])
    return chosen


def _keyness(a: Floats, n_a: int, b: Floats, n_b: int) -> Floats:
    """Return Dunning's G² of words in `a` of `n_a` texts here and in `b` of `n_b` elsewhere; 0 for words rarer here.

    :param a: (n_words,) counts of at least 1
    :param b: (n_words,) counts of at least 0
    :return: (n_words,) ≥ 0
    """
    if not n_b:
        return np.zeros(len(a))
    elsewhere = np.maximum(b, 1.0)  # a count of 0 adds nothing, whatever its logarithm
    expected_a, expected_b = n_a * (a + b) / (n_a + n_b), n_b * (a + b) / (n_a + n_b)
    score = 2 * (a * np.log(a / expected_a) + b * np.log(elsewhere / expected_b))
    return np.where(a / n_a > b / n_b, score, 0.0)


def _without_parts(ranked: Sequence[Keyword]) -> list[Keyword]:
    """Return the first N_KEYWORDS, without words that are about as common as a compound that contains them."""
    kept: list[Keyword] = []
    for index, keyword in enumerate(ranked):
        others = [*kept, *ranked[index + 1 : index + 1 + 2 * N_KEYWORDS]]
        if not any(keyword.word in other.word and keyword.count <= 1.3 * other.count for other in others):
            kept.append(keyword)
            if len(kept) == N_KEYWORDS:
                break
    return kept

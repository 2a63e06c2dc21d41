"""Find the theme that an idea is nearest to, by words alone: quick enough for a wall that asks every second.

Each text is a vector of its tokens, weighted by how rare they are in the campaign (Spärck Jones 1972) and three times
in titles; a theme is the sum of its ideas' vectors, its title and its keywords; likeness is the cosine of the two
(Rocchio's classifier, 1971). What is like no theme is something new. No model, no numpy: web processes load neither.

Measured by `python -m tests.benchmarks.nearest` on 266 proposals to Seoul about the environment, with 12 labelled
themes, each idea left out of its own: 7 % are wrongly called new, and 90 % of the others stand in their own theme. Of
500 proposals on other subjects 93 % are called new; of ideas about the environment whose theme nobody has made yet,
only 64 %. So a wall says that its order is a guess.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

TITLE_WEIGHT = 3.0
MIN_LIKENESS = 0.17
"""Cosine below which an idea is like no theme."""
MIN_IDEAS_OF_TOKEN = 2  # a token of one idea only says nothing about others
Vector = dict[str, float]


@dataclass(frozen=True)
class Text:
    """Title and tokens (`Idea.search_tokens`) of an idea, or of what describes a theme."""

    title: str
    tokens: Sequence[str]

    def weights(self) -> Vector:
        """Return the weight of each token: those that stand in the title count more."""
        title = self.title.replace(" ", "").lower()
        return {token: TITLE_WEIGHT if token in title else 1.0 for token in self.tokens if token}


@dataclass(frozen=True)
class Nearest:
    """
    theme_id : None for an idea that is like no theme
    likeness : 0..1, to the nearest theme, also where it is too little
    """

    theme_id: int | None
    likeness: float


@dataclass(frozen=True)
class ThemeWords:
    """What themes are about. Make it by `learn`.

    idf : rarity of each known token
    weights : token -> its weight in each theme's sum of unit vectors, by theme id
    norms : theme id -> length of that sum
    """

    idf: Mapping[str, float]
    weights: Mapping[str, Mapping[int, float]]
    norms: Mapping[int, float]

    def nearest(self, idea: Text, member_of: int | None = None) -> Nearest:
        """Return the theme nearest to an idea; of several equally near, the one with the smallest id.

        :param member_of: its theme, if it is among the texts that were learnt: it is compared with the others there
        """
        products = dict.fromkeys(self.norms, 0.0)
        for token, weight in _unit(idea, self.idf).items():
            for theme_id, of_theme in self.weights.get(token, {}).items():
                products[theme_id] += weight * of_theme
        found = [(-self._likeness(product, key, key == member_of), key) for key, product in products.items()]
        if not found:
            return Nearest(None, 0.0)
        likeness, theme_id = min(found)
        return Nearest(theme_id if -likeness >= MIN_LIKENESS else None, -likeness)

    def _likeness(self, product: float, theme_id: int, is_member: bool) -> float:
        norm = self.norms[theme_id]
        if is_member:  # without its own vector, of length 1: |s - v|² = |s|² - 2 s·v + 1
            norm = math.sqrt(max(0.0, norm * norm - 2 * product + 1))
            product -= 1
        return max(0.0, product / norm) if norm > 0 else 0.0


def learn(themes: Mapping[int, Sequence[Text]], others: Iterable[Text] = ()) -> ThemeWords:
    """Learn what themes are about.

    :param themes: theme id -> its ideas, its title and its keywords
    :param others: further ideas of the campaign, from which rarity is counted too
    """
    texts = [text for of_theme in themes.values() for text in of_theme] + list(others)
    counts = Counter(token for text in texts for token in set(text.tokens))
    idf = {
        token: math.log(1 + len(texts) / (1 + n)) for token, n in counts.items() if token and n >= MIN_IDEAS_OF_TOKEN
    }
    weights: dict[str, dict[int, float]] = defaultdict(dict)
    norms = {}
    for theme_id, of_theme in themes.items():
        total: Vector = defaultdict(float)
        for text in of_theme:
            for token, weight in _unit(text, idf).items():
                total[token] += weight
        norms[theme_id] = _norm(total)
        for token, weight in total.items():
            weights[token][theme_id] = weight
    return ThemeWords(idf, dict(weights), norms)


def _unit(text: Text, idf: Mapping[str, float]) -> Vector:
    """Return the vector of a text with length 1; empty if it has no known token."""
    vector = {token: weight * idf[token] for token, weight in text.weights().items() if token in idf}
    norm = _norm(vector)
    return {token: weight / norm for token, weight in vector.items()} if norm else {}


def _norm(vector: Vector) -> float:
    return math.sqrt(sum(weight * weight for weight in vector.values()))

"""The words of a search, and how things that hold them are ranked, cut and marked (`docs/search.md`).

Things with all words come first, then those with most of them. Among things with equally many, rare words count more
than common ones and a word in the title three times. No database here: what is computed here is the same on both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil, log
from typing import NamedTuple, Self

from markupsafe import Markup, escape

from nlp.text.spelling import correct_spelling
from nlp.text.tokens import lexicon, search_tokens

MAX_SEARCH_CHARS = 200
MAX_RANKED = 200  # things of a kind that are ranked: nobody turns that many pages
TITLE_WEIGHT = 3
BEFORE_HIT = 40  # characters of a text shown before the first word found


class Candidate(NamedTuple):
    """A thing that may be found. `tokens`: those of its title and its text."""

    id: int
    title: str
    tokens: frozenset[str]


class Hit(NamedTuple):
    """A thing found. `n_words`: how many of the required words it has."""

    id: int
    n_words: int
    weight: float


@dataclass(frozen=True)
class SearchWords:
    """The words that somebody looks for.

    tokens : distinct tokens; none if the text has no word (only particles, jamo or signs)
    required : without compounds whose parts are all there, so that 급식 잔반 finds what has both words apart
    """

    tokens: tuple[str, ...]
    required: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the words of a search text, with common misspellings corrected."""
        tokens = tuple(dict.fromkeys(search_tokens(correct_spelling(text[:MAX_SEARCH_CHARS]))))
        return cls(tokens, tuple(token for token in tokens if not _is_covered(token, tokens)))

    def n_needed(self, known: Iterable[str]) -> int:
        """Return how many words a thing needs to be found: half of those that occur anywhere, rounded up."""
        return ceil(len(self.required_of(known)) / 2)

    def required_of(self, known: Iterable[str]) -> list[str]:
        there = set(known)
        return [token for token in self.required if token in there]

    def rank(self, candidates: Iterable[Candidate], idf: Mapping[str, float]) -> list[Hit]:
        """Return the candidates with all or most of the words, best first; the newer one of equals.

        Where none has most of them, those with as many as the best one are better than nothing.

        :param idf: weight of each token that occurs anywhere
        """
        hits = [self._hit(candidate, idf) for candidate in candidates]
        needed = max(min(self.n_needed(idf), max((hit.n_words for hit in hits), default=0)), 1)
        return sorted(
            (hit for hit in hits if hit.n_words >= needed), key=lambda hit: (-hit.n_words, -hit.weight, -hit.id)
        )

    def _hit(self, candidate: Candidate, idf: Mapping[str, float]) -> Hit:
        title, tokens, weight = _flat(candidate.title), candidate.tokens, 0.0
        for token in self.tokens:
            if token in tokens:
                weight += idf.get(token, 0.0) * (TITLE_WEIGHT if token in title else 1)
        n_words = sum([token in tokens for token in self.required])
        return Hit(candidate.id, n_words, round(weight, 6))  # rounded: equal ones stay equal whatever was added first

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Match the words as they may stand in a text: with spaces inside, one of a letter only where a word begins."""
        ways = [
            r"\s?".join(map(re.escape, token)) if len(token) > 1 else rf"(?<!\w){re.escape(token)}"
            for token in sorted(self.tokens, key=lambda token: (-len(token), token))
        ]
        return re.compile("|".join(ways), re.IGNORECASE) if ways else None

    def mark(self, text: str) -> Markup:
        """Return the text escaped, each word found in `<mark>`."""
        if self._pattern is None:
            return escape(text)
        pieces, at = [], 0
        for match in self._pattern.finditer(text):
            pieces += [escape(text[at : match.start()]), "<mark>", escape(match.group()), "</mark>"]
            at = match.end()
        return Markup("".join([*pieces, escape(text[at:])]))  # noqa: S704  (every piece of the text is escaped)

    def cut(self, text: str, size: int = 120) -> str:
        """Return `size` characters of a text on one line, around the first word found."""
        flat = " ".join(text.split())
        first = self._pattern.search(flat) if self._pattern else None
        start = max(first.start() - BEFORE_HIT, 0) if first and first.end() > size else 0
        start = min(start, max(len(flat) - size, 0))
        end = min(start + size, len(flat))
        return ("…" if start else "") + flat[start:end].strip() + ("…" if end < len(flat) else "")


def token_set(text: str) -> frozenset[str]:
    """Return the tokens of a text that is searched; common misspellings count as written and as corrected."""
    return frozenset(token for way in {text, correct_spelling(text)} for token in search_tokens(way))


def inverse_frequencies(n_things: int, frequencies: Mapping[str, int]) -> dict[str, float]:
    """Return the weight of each token that occurs: the rarer, the heavier."""
    return {token: log(1 + n_things / n) for token, n in frequencies.items() if n}


def _is_covered(token: str, tokens: tuple[str, ...]) -> bool:
    parts = lexicon().get(token, ())
    return len(parts) > 1 and all(part in tokens for part in parts)


def _flat(text: str) -> str:
    return text.replace(" ", "").lower()

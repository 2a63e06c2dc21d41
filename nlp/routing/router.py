"""Suggest which ministry (or sector) should answer a text, with the words and the past cases that speak for it.

A naive Bayes classifier that starts from a shipped description of each ministry's duties and learns from what analysts
chose. Both are counts of words by code, so one past case already has an effect and every suggestion can be explained.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nlp.records import IdeaText
from nlp.text.cleaning import clean
from nlp.text.tokens import DATA_DIR, lexicon, morphemes

Vector = np.ndarray[Any, np.dtype[np.float64]]
MINISTRY_DUTIES = DATA_DIR / "ministry_duties.csv"
SECTOR_DUTIES = DATA_DIR / "sector_duties.csv"
TITLE_WEIGHT = 3
BODY_CHARS = 500
MAX_NGRAM = 3  # adjacent nouns that are read as one word too: 일회용 + 컵

# Tuned on half of 257 labelled proposals (docs/analysis-experiments.md); the other half was left alone.
PRIOR_COUNT = 4.0  # pseudo-count of a word of the duties, in past cases, shared by the codes that have the word
SMOOTHING = 4.0  # pseudo-count spread like the prior, so that rarely seen words say little
WORD_WEIGHT = 2.0  # weight of the words against the prior
DUTY_PRIOR_WEIGHT = 0.3  # weight of the duties' own shares in the prior once cases are known; a case weighs 1
PRIOR_MIX = 0.2  # share of a suggestion that still comes from the duties alone: it keeps rare codes in sight
TEMPERATURE = 1.5  # of the softmax; calibrates the shares
SIMILARITY_SHARPNESS = 20.0  # how fast the weight of a past case falls with its cosine
SIMILARITY_WEIGHT = 0.5  # weight of similar past cases against the words
N_WORDS = 5
N_CASES = 3


@dataclass(frozen=True)
class Duty:
    """A duty of one ministry, or a subject of one sector.

    :param words: words of texts about it
    :param share: > 0, how often citizens ask for it, relative to the shares of all others
    """

    code: str
    duty: str
    words: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Suggestion:
    """A code suggested for a text.

    :param share: 0..1, calibrated: of many suggestions with this share about as many are right
    :param words: the text's own words that speak for the code, the strongest first
    :param duty: the description that most of these words name, "" where none does
    :param cases: keys of the most similar past cases with this code, best first
    """

    code: str
    share: float
    words: tuple[str, ...]
    duty: str
    cases: tuple[int, ...]


@cache
def shipped_duties(path: Path = MINISTRY_DUTIES) -> tuple[Duty, ...]:
    """Return the shipped duties of each ministry, or subjects of each sector."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Duty(row["code"], row["duty"], tuple(row["words"].split()), float(row["share"]))
            for row in csv.DictReader(file)
        )


@dataclass(frozen=True)
class _Case:
    key: int
    code_index: int
    words: frozenset[str]
    vector: Vector | None


class Router:
    """Suggest codes for texts.

    :param duties: of each code; a code without a duty is never suggested
    :param tagger: mecab, or one of KoNLPy's others by name
    :raise ValueError: no duties
    """

    def __init__(self, duties: Sequence[Duty], tagger: str = "mecab") -> None:
        if not duties:
            raise ValueError("a router needs duties to start from")
        self.duties, self._tagger = tuple(duties), tagger
        self.codes = list(dict.fromkeys(duty.code for duty in duties))
        self._index_of = {code: index for index, code in enumerate(self.codes)}
        self._cases: list[_Case] = []
        self._duty_shares = np.zeros(len(self.codes))
        self._duty_counts: dict[str, Vector] = {}
        for duty in self.duties:
            index = self._index_of[duty.code]
            self._duty_shares[index] += duty.share
            for word in duty.words:
                self._counts_of(self._duty_counts, word.lower())[index] = np.sqrt(duty.share)
        for counts in self._duty_counts.values():
            counts *= PRIOR_COUNT / counts.sum()
        self._word_counts = {word: counts.copy() for word, counts in self._duty_counts.items()}
        self._case_counts = np.zeros(len(self.codes))

    def learn(self, case: IdeaText, code: str, vector: Sequence[float] | Vector | None = None) -> None:
        """Learn that a text was sent to a code.

        :param vector: (dimension,) the text's embedding, centred like those given to `suggest`
        :raise ValueError: a code that no duty names
        :raise UnknownTaggerError: no tagger of that name here
        """
        if code not in self._index_of:
            raise ValueError(f"unknown code {code!r}")
        index, words = self._index_of[code], frozenset(_words(case, self._tagger))
        self._case_counts[index] += 1
        for word in words:
            self._counts_of(self._word_counts, word)[index] += 1
        own = None if vector is None else np.asarray(vector, dtype=np.float64)
        self._cases.append(_Case(case.key, index, words, own))

    def suggest(
        self, texts: Sequence[IdeaText], k: int = 3, vectors: Sequence[Vector | None] | None = None
    ) -> tuple[Suggestion, ...]:
        """Return the `k` most likely codes for some texts together, best first; shares are means over the texts.

        :param vectors: (dimension,) one for each text, or None where there is none
        :raise UnknownTaggerError: no tagger of that name here
        """
        if not texts:
            return ()
        counts = [_words(text, self._tagger) for text in texts]
        rows = vectors if vectors is not None else [None] * len(texts)
        shares = np.mean([self._shares(own, row) for own, row in zip(counts, rows, strict=True)], axis=0)
        order = sorted(range(len(self.codes)), key=lambda index: (-shares[index], index))
        together = Counter[str]()
        for own in counts:
            together.update(own)
        return tuple(self._suggestion(index, float(shares[index]), together) for index in order[:k])

    def _counts_of(self, table: dict[str, Vector], word: str) -> Vector:
        return table.setdefault(word, np.zeros(len(self.codes)))

    def _shares(self, counts: Mapping[str, int], vector: Vector | None) -> Vector:
        """Return the share of each code, (n_codes,), 0..1 with sum 1."""
        by_duties = _softmax(self._score(counts, self._duty_counts, self._duty_shares) / TEMPERATURE)
        if not self._cases:
            return by_duties
        score = self._score(counts, self._word_counts, self._prior()) + self._similar_cases_score(vector)
        return (1 - PRIOR_MIX) * _softmax(score / TEMPERATURE) + PRIOR_MIX * by_duties

    def _prior(self) -> Vector:
        return DUTY_PRIOR_WEIGHT * self._duty_shares + self._case_counts if self._cases else self._duty_shares

    def _score(self, counts: Mapping[str, int], table: Mapping[str, Vector], prior: Vector) -> Vector:
        """Return the log prior plus the tempered log odds of the known words (naive Bayes), (n_codes,)."""
        prior = prior / prior.sum()
        evidence, weight = np.zeros(len(prior)), 0.0
        for word, count in counts.items():
            if (word_counts := table.get(word)) is not None:
                evidence += np.log1p(count) * _log_odds(word_counts, prior)
                weight += float(np.log1p(count))
        return np.asarray(np.log(prior) + WORD_WEIGHT * evidence / np.sqrt(1 + weight))

    def _similar_cases_score(self, vector: Vector | None) -> Vector:
        """Return the log odds by past cases of similar meaning, (n_codes,); 0 without vectors."""
        known = [case for case in self._cases if case.vector is not None]
        if vector is None or not known:
            return np.zeros(len(self.codes))
        rows = np.stack([case.vector for case in known if case.vector is not None])
        weights = np.exp(SIMILARITY_SHARPNESS * (rows @ vector))
        votes = np.bincount([case.code_index for case in known], weights=weights, minlength=len(self.codes))
        votes = votes / weights.sum()
        prior = self._prior() / self._prior().sum()
        return np.asarray(SIMILARITY_WEIGHT * np.log((votes + 0.1 * prior) / (1.1 * prior)))

    def _suggestion(self, index: int, share: float, counts: Counter[str]) -> Suggestion:
        prior = self._prior() / self._prior().sum()
        odds = {
            word: float(np.log1p(count) * _log_odds(self._word_counts[word], prior)[index])
            for word, count in counts.items()
            if word in self._word_counts
        }
        scores = {word: value * np.sqrt(len(word)) for word, value in odds.items() if value > 0}  # 일회용컵 before 컵
        ranked = sorted(scores, key=lambda word: (-scores[word], word))
        words = _without_parts(ranked)[:N_WORDS]
        return Suggestion(
            self.codes[index],
            round(share, 4),
            tuple(words),
            self._duty(index, ranked),
            self._similar_cases(index, counts),
        )

    def _duty(self, index: int, words: Sequence[str]) -> str:
        """Return the description that names the most of `words`, "" where none does."""
        own = [duty for duty in self.duties if duty.code == self.codes[index]]
        named = {duty.duty: len(set(words) & {word.lower() for word in duty.words}) for duty in own}
        best = max(named, key=lambda text: named[text])
        return best if named[best] else ""

    def _similar_cases(self, index: int, counts: Mapping[str, int]) -> tuple[int, ...]:
        """Return past cases of the code that share the rarest words with a text, and more than one."""
        document_frequency = Counter(word for case in self._cases for word in case.words)
        scored = []
        for case in self._cases:
            shared = case.words & counts.keys()
            if case.code_index == index and len(shared) > 1:
                weight = sum(np.log1p(len(self._cases) / document_frequency[word]) for word in shared)
                scored.append((-weight / np.sqrt(len(case.words)), case.key))
        return tuple(key for _score, key in sorted(scored)[:N_CASES])


def _log_odds(word_counts: Vector, prior: Vector) -> Vector:
    """Return the log odds of each code given a word, smoothed with `SMOOTHING` occurrences spread like the prior.

    :param word_counts: (n_codes,)
    :param prior: (n_codes,) with sum 1
    :return: (n_codes,)
    """
    return np.asarray(np.log((word_counts + SMOOTHING * prior) / (word_counts.sum() + SMOOTHING) / prior))


def _softmax(scores: Vector) -> Vector:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


def _without_parts(words: Sequence[str]) -> list[str]:
    """Leave out words that are part of a word kept before, or hold one: 전기차 next to 전기차충전."""
    kept: list[str] = []
    for word in words:
        if not any(word in other or other in word for other in kept):
            kept.append(word)
    return kept


def _words(text: IdeaText, tagger: str) -> Counter[str]:
    """Return a text's nouns and runs of two or three adjacent nouns, those of the title weighted."""
    counts = Counter[str]()
    for part, times in ((clean(text.title), TITLE_WEIGHT), (clean(text.body[: 2 * BODY_CHARS])[:BODY_CHARS], 1)):
        for word in _noun_ngrams(part, tagger):
            counts[word] += times
    return counts


def _noun_ngrams(text: str, tagger: str) -> list[str]:
    found: list[str] = []
    run: list[str] = []
    end = -1
    for morpheme in morphemes(text, tagger):
        if not morpheme.is_noun:
            run = []
            continue
        if not text[end : morpheme.start].isspace() and morpheme.start != end:
            run = []
        run.append(morpheme.surface.replace(" ", "").lower())
        end = morpheme.end
        found += ["".join(run[-length:]) for length in range(1, min(MAX_NGRAM, len(run)) + 1)]
        found += lexicon().get(run[-1], ())
    return found

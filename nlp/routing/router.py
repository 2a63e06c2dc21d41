"""Who should answer, and why: ministries (or sectors) suggested for a text, with the words and past cases behind it.

It starts from a shipped description of each one's duties and learns from what analysts chose: both are counts of which
words speak for whom, so one past case already teaches something and every suggestion can show its reasons.
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
LONGEST = 3  # nouns that stand together are read as one word too: 일회용 + 컵

# Tuned on half of 257 labelled proposals (docs/analysis.md); the other half was left alone.
MENTIONS = 4.0  # a word of the duties counts like so many past cases, spread over those who share it
DOUBT = 4.0  # a word known from fewer mentions than this says little
FORCE = 2.0  # how far the words may outweigh how often each is asked at all
DUTIES_KEEP = 0.3  # what the duties' own shares still weigh, against one per case, once cases are known
UNTAUGHT_PART = 0.2  # of a taught suggestion that still comes from the duties alone: it keeps the rare ones in sight
COOLING = 1.5  # shares are this much less sure than the scores, which makes them about as often right as they say
LIKENESS = 20.0  # how sharply likeness of meaning to past cases falls off, and how much it counts
LIKENESS_WEIGHT = 0.5
N_WORDS = 5
N_CASES = 3


@dataclass(frozen=True)
class Duty:
    """A task of one addressee. `share` is how often citizens ask for it, beside the shares of all others."""

    code: str
    duty: str
    words: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Suggestion:
    """One addressee for a text.

    :param share: 0..1; among many suggestions of this share about so many are right
    :param words: the text's own words that speak for it, the strongest first
    :param duty: the task of its description that most of these words name, "" where none does
    :param cases: keys of the past cases sent there that are most alike, best first
    """

    code: str
    share: float
    words: tuple[str, ...]
    duty: str
    cases: tuple[int, ...]


@cache
def shipped_duties(path: Path = MINISTRY_DUTIES) -> tuple[Duty, ...]:
    """What the program knows of each ministry's duties, or of each sector's subjects."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Duty(row["code"], row["duty"], tuple(row["words"].split()), float(row["share"]))
            for row in csv.DictReader(file)
        )


@dataclass(frozen=True)
class _Case:
    key: int
    code: int
    words: frozenset[str]
    vector: Vector | None


class Router:
    """Suggests codes for texts.

    :param duties: what each code stands for; codes without a duty are never suggested untaught
    :param tagger: mecab, or one of KoNLPy's others by name
    """

    def __init__(self, duties: Sequence[Duty], tagger: str = "mecab") -> None:
        if not duties:
            raise ValueError("a router needs duties to start from")
        self.duties, self._tagger = tuple(duties), tagger
        self.codes = list(dict.fromkeys(duty.code for duty in duties))
        self._at = {code: place for place, code in enumerate(self.codes)}
        self._cases: list[_Case] = []
        self._asked = np.zeros(len(self.codes))
        self._said: dict[str, Vector] = {}
        for duty in self.duties:
            place = self._at[duty.code]
            self._asked[place] += duty.share
            for word in duty.words:
                self._speaks(self._said, word.lower())[place] = np.sqrt(duty.share)
        for speaks in self._said.values():
            speaks *= MENTIONS / speaks.sum()
        self._learnt = {word: speaks.copy() for word, speaks in self._said.items()}
        self._chosen = np.zeros(len(self.codes))

    def learn(self, case: IdeaText, code: str, vector: Sequence[float] | Vector | None = None) -> None:
        """Take in that somebody sent this text there.

        :param vector: the text's encoder vector, centred like those given to `suggest`
        :raise ValueError: a code that no duty names
        """
        if code not in self._at:
            raise ValueError(f"unknown code {code!r}")
        place, words = self._at[code], frozenset(_words(case, self._tagger))
        self._chosen[place] += 1
        for word in words:
            self._speaks(self._learnt, word)[place] += 1
        own = None if vector is None else np.asarray(vector, dtype=np.float64)
        self._cases.append(_Case(case.key, place, words, own))

    def suggest(
        self, texts: Sequence[IdeaText], k: int = 3, vectors: Sequence[Vector | None] | None = None
    ) -> tuple[Suggestion, ...]:
        """The likeliest `k` codes for what these texts ask together, best first; their shares are means over the texts.

        :param vectors: one per text, or None where there is none
        """
        if not texts:
            return ()
        counts = [_words(text, self._tagger) for text in texts]
        rows = vectors if vectors is not None else [None] * len(texts)
        shares = np.mean([self._shares(own, row) for own, row in zip(counts, rows, strict=True)], axis=0)
        order = sorted(range(len(self.codes)), key=lambda place: (-shares[place], place))
        together = Counter[str]()
        for own in counts:
            together.update(own)
        return tuple(self._suggestion(place, float(shares[place]), together) for place in order[:k])

    def _speaks(self, table: dict[str, Vector], word: str) -> Vector:
        return table.setdefault(word, np.zeros(len(self.codes)))

    def _shares(self, counts: Mapping[str, int], vector: Vector | None) -> Vector:
        untaught = _softmax(self._score(counts, self._said, self._asked) / COOLING)
        if not self._cases:
            return untaught
        score = self._score(counts, self._learnt, self._prior()) + self._likeness(vector)
        return (1 - UNTAUGHT_PART) * _softmax(score / COOLING) + UNTAUGHT_PART * untaught

    def _prior(self) -> Vector:
        return DUTIES_KEEP * self._asked + self._chosen if self._cases else self._asked

    def _score(self, counts: Mapping[str, int], table: Mapping[str, Vector], asked: Vector) -> Vector:
        """Log prior, and for each known word how much more it speaks for a code than that; naive Bayes, tempered."""
        prior = asked / asked.sum()
        evidence, weight = np.zeros(len(prior)), 0.0
        for word, count in counts.items():
            if (speaks := table.get(word)) is not None:
                evidence += np.log1p(count) * _pull(speaks, prior)
                weight += float(np.log1p(count))
        return np.asarray(np.log(prior) + FORCE * evidence / np.sqrt(1 + weight))

    def _likeness(self, vector: Vector | None) -> Vector:
        """What past cases of like meaning say, as log odds; nothing without vectors."""
        known = [case for case in self._cases if case.vector is not None]
        if vector is None or not known:
            return np.zeros(len(self.codes))
        alike = np.exp(LIKENESS * (np.stack([case.vector for case in known if case.vector is not None]) @ vector))
        votes = np.bincount([case.code for case in known], weights=alike, minlength=len(self.codes)) / alike.sum()
        prior = self._prior() / self._prior().sum()
        return np.asarray(LIKENESS_WEIGHT * np.log((votes + 0.1 * prior) / (1.1 * prior)))

    def _suggestion(self, place: int, share: float, counts: Counter[str]) -> Suggestion:
        prior = self._prior() / self._prior().sum()
        pulls = {
            word: float(np.log1p(count) * _pull(self._learnt[word], prior)[place])
            for word, count in counts.items()
            if word in self._learnt
        }
        telling = {word: pull * np.sqrt(len(word)) for word, pull in pulls.items() if pull > 0}  # 일회용컵 before 컵
        ranked = sorted(telling, key=lambda word: (-telling[word], word))
        words = _without_parts(ranked)[:N_WORDS]
        return Suggestion(
            self.codes[place], round(share, 4), tuple(words), self._duty(place, ranked), self._alike(place, counts)
        )

    def _duty(self, place: int, words: Sequence[str]) -> str:
        """The description that names the most of `words`."""
        own = [duty for duty in self.duties if duty.code == self.codes[place]]
        named = {duty.duty: len(set(words) & {word.lower() for word in duty.words}) for duty in own}
        best = max(named, key=lambda text: named[text])
        return best if named[best] else ""

    def _alike(self, place: int, counts: Mapping[str, int]) -> tuple[int, ...]:
        """Past cases sent there that share the most telling words: rare in the past cases, and more than one."""
        holds = Counter(word for case in self._cases for word in case.words)
        scored = []
        for case in self._cases:
            shared = case.words & counts.keys()
            if case.code == place and len(shared) > 1:
                weight = sum(np.log1p(len(self._cases) / holds[word]) for word in shared)
                scored.append((-weight / np.sqrt(len(case.words)), case.key))
        return tuple(key for _score, key in sorted(scored)[:N_CASES])


def _pull(speaks: Vector, prior: Vector) -> Vector:
    """Log odds that a word moves: its counts, smoothed with `DOUBT` mentions spread like the prior."""
    return np.asarray(np.log((speaks + DOUBT * prior) / (speaks.sum() + DOUBT) / prior))


def _softmax(scores: Vector) -> Vector:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


def _without_parts(words: Sequence[str]) -> list[str]:
    """Leave out what is part of a word kept before, or holds one: 전기차 beside 전기차충전."""
    kept: list[str] = []
    for word in words:
        if not any(word in other or other in word for other in kept):
            kept.append(word)
    return kept


def _words(text: IdeaText, tagger: str) -> Counter[str]:
    """A text's nouns and, where they stand together, two and three of them as one; those of the title weigh more."""
    counts = Counter[str]()
    for part, times in ((clean(text.title), TITLE_WEIGHT), (clean(text.body[: 2 * BODY_CHARS])[:BODY_CHARS], 1)):
        for word in _compounds(part, tagger):
            counts[word] += times
    return counts


def _compounds(text: str, tagger: str) -> list[str]:
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
        found += ["".join(run[-length:]) for length in range(1, min(LONGEST, len(run)) + 1)]
        found += lexicon().get(run[-1], ())
    return found

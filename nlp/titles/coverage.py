"""Which members of a theme a word or a phrase covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from nlp.text.tokens import lexicon
from nlp.titles.demands import ACTIONS, OTHER_PEOPLE, PLANS, STEMS
from nlp.titles.phrases import PhraseCounts

MIN_FULL_SHARE = 0.4  # share of the members that say a word in full, of those who say its end, for both to be one
MIN_SHORT_CHARS = 3  # ... and letters of that end: 고양이 is 길고양이, but 병원 is no 정신병원
DEMANDED = ACTIONS | PLANS
Rows = frozenset[int]


@dataclass(frozen=True)
class ThemeWords:
    """What the rules look at: counts over the titles, and the words of all members."""

    counts: PhraseCounts
    members: Sequence[Set[str]]
    keywords: Set[str]
    parts: Mapping[str, Sequence[str]]
    _holders: dict[str, Rows] = field(default_factory=dict)
    _covered: dict[str, Rows] = field(default_factory=dict)

    @cached_property
    def rows_by_word(self) -> dict[str, set[int]]:
        rows: dict[str, set[int]] = {}
        for row, words in enumerate(self.members):
            for word in words:
                rows.setdefault(word, set()).add(row)
        return rows

    def holders(self, word: str) -> Rows:
        """Return the members that use the word, a compound that holds it, or all parts of a compound that it is."""
        if word not in self._holders:
            rows = self.rows_by_word.items()
            found = frozenset[int]().union(*(holding for other, holding in rows if word in other))
            found |= self._said_in_short(word, found)
            parts = [part for part in self.parts.get(word) or lexicon().get(word, ()) if len(part) > 1]
            if len(parts) > 1:
                found |= frozenset.intersection(*map(self.holders, parts))
            self._holders[word] = found
        return self._holders[word]

    def _said_in_short(self, word: str, found: Rows) -> Rows:
        """Return the members that use only the end of a word, where it is said in full so often that both are one."""
        if word in STEMS:
            return frozenset(self.rows_by_word.get(STEMS[word], ()))
        ends = (word[at:] for at in range(1, len(word) - MIN_SHORT_CHARS + 1))
        short = next((self.rows_by_word[end] for end in ends if end in self.rows_by_word), set[int]())
        return frozenset(short) if len(found) >= MIN_FULL_SHARE * len(found | short) else frozenset()

    def is_single_word(self, phrase: str) -> bool:
        """Is a phrase one word, or the name and office of one person?"""
        return " " not in self.spelling(phrase) or phrase.endswith(OTHER_PEOPLE)

    def core_words(self, phrase: str) -> list[str]:
        """Return the words of a phrase that name its subject: all but its actions, if there are others."""
        words = sorted(self.counts.content_words[phrase])
        return [word for word in words if word not in DEMANDED] or words

    def covered(self, phrase: str) -> Rows:
        """Return the members that use all words of a phrase, but for its actions."""
        if phrase not in self._covered:
            words = self.core_words(phrase)
            self._covered[phrase] = frozenset.intersection(*map(self.holders, words)) if words else frozenset()
        return self._covered[phrase]

    def core_coverage(self, phrase: str) -> float:
        """Return the share of the members that use the most common word of a phrase, 0..1."""
        return max((len(self.holders(word)) for word in self.core_words(phrase)), default=0) / max(1, len(self.members))

    def coverage(self, phrase: str) -> float:
        """Return the share of the members that a phrase covers, 0..1."""
        return len(self.covered(phrase)) / max(1, len(self.members))

    def spelling(self, phrase: str) -> str:
        """Return the most common spacing of a phrase."""
        return max(self.counts.spellings[phrase].items(), key=lambda pair: (pair[1], pair[0]))[0]

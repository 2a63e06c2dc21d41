"""Synonyms of the field: two proposals that say 안전모 and 헬멧 ask for the same (`data/synonyms.csv`).

Each word of a group also counts as the group itself. So a text finds what uses another word, and still prefers what
uses its own. A campaign may add groups; one that shares a word with another group becomes one with it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache

from nlp.text.tokens import DATA_DIR, PhraseMatcher

Groups = Iterable[Sequence[str]]


class Synonyms:
    """Groups of words that mean the same, found in a sequence of morphemes however the tagger splits them.

    :param groups: words of one meaning each, without regard to case and spaces; groups that share a word are joined
    """

    def __init__(self, groups: Groups = ()) -> None:
        self._group_of: dict[str, tuple[str, ...]] = {}
        for group in groups:
            words = dict.fromkeys(_folded(word) for word in group)
            joined = dict.fromkeys(other for word in words for other in self._group_of.get(word, (word,)))
            self._group_of |= dict.fromkeys(joined, tuple(joined))
        self._matcher = PhraseMatcher(self._group_of)

    def __len__(self) -> int:
        return len({group[0] for group in self._group_of.values()})

    def found_in(self, surfaces: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the group of each word that the surfaces spell, from the left, longest match first.

        :param surfaces: of a text's morphemes, in order
        """
        found = self._matcher.find_all([surface.lower() for surface in surfaces])
        return [self._group_of[word] for word in found]


@cache
def shipped_groups() -> tuple[tuple[str, ...], ...]:
    """Return the groups of `data/synonyms.csv`."""
    with (DATA_DIR / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        return tuple(tuple(row["words"].split()) for row in csv.DictReader(file))


@cache
def synonyms_with(own_groups: tuple[tuple[str, ...], ...] = ()) -> Synonyms:
    """Return the shipped synonyms, extended by a campaign's own groups."""
    return Synonyms((*shipped_groups(), *own_groups))


def _folded(word: str) -> str:
    return "".join(word.split()).lower()

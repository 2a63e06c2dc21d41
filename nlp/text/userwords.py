"""Words that a campaign adds because the dictionary splits them: 공매 + 도 is 공매도, 소환 + 제 a 국민소환제.

Those that any campaign may need are shipped in `data/user_words.csv` and belong to `nlp.text.tokens.lexicon`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Literal

from nlp.text.cleaning import clean
from nlp.text.stopwords import stop_words
from nlp.text.tokens import DATA_DIR, PhraseMatcher

MAX_USER_WORDS = 500
MAX_USER_WORD_CHARS = 30
_LETTERS = re.compile(r"[가-힣A-Za-z0-9]+")
Fault = Literal["STOP_WORD", "TOO_SHORT", "TOO_LONG", "NO_WORD"]
_FAULTS: dict[Fault, str] = {
    "STOP_WORD": "is a stop word: frequent, and no theme is about it",
    "TOO_SHORT": "is no word of at least 2 letters or digits",
    "TOO_LONG": f"is no word of at most {MAX_USER_WORD_CHARS} letters or digits",
    "NO_WORD": "is no word: letters and digits only, without spaces",
}


class UserWordError(ValueError):
    """A word that cannot be one; the message names it and says why."""


def fault_of(word: str) -> Fault | None:
    """Return why this cannot be a user word; None if it can.

    :param word: cleaned, without spaces around it
    """
    if _LETTERS.fullmatch(word) is None:
        return "NO_WORD"
    if len(word) < 2:
        return "TOO_SHORT"
    if len(word) > MAX_USER_WORD_CHARS:
        return "TOO_LONG"
    return "STOP_WORD" if word in stop_words() else None


def check_user_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct words, cleaned and sorted.

    :raise UserWordError: one with a fault (`fault_of`), or more than `MAX_USER_WORDS`
    """
    found = sorted({clean(word) for word in words})
    for word in found:
        fault = fault_of(word)
        if fault is not None:
            raise UserWordError(f"{word!r} {_FAULTS[fault]}")
    if len(found) > MAX_USER_WORDS:
        raise UserWordError(f"{len(found)} words are more than {MAX_USER_WORDS}")
    return tuple(found)


@cache
def shipped_user_words() -> tuple[str, ...]:
    """Return the words of `data/user_words.csv`, in the order of the file."""
    with (DATA_DIR / "user_words.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["word"] for row in csv.DictReader(file))


@lru_cache(maxsize=8)
def user_word_matcher(words: tuple[str, ...]) -> PhraseMatcher:
    """Return a matcher of a campaign's words, kept for the next ideas."""
    return PhraseMatcher(words)

"""Words that a campaign adds because the dictionary splits them: 공매 + 도 is 공매도, 소환 + 제 a 국민소환제.

Those that any campaign may need are shipped in `data/user_words.csv` and belong to `nlp.text.tokens.lexicon`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from nlp.text.cleaning import clean
from nlp.text.stopwords import stop_words
from nlp.text.tokens import MAX_WORD_CHARS, PhraseMatcher

MAX_USER_WORDS = 500
_WORD = re.compile(r"[가-힣A-Za-z0-9]{2,}")


class UserWordError(ValueError):
    """A word that cannot be one; the message names it and says why."""


def check_user_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct words, cleaned and sorted.

    :raise UserWordError: a stop word, a word of other signs than letters and digits, shorter than 2 or longer than
        `MAX_WORD_CHARS`; more than `MAX_USER_WORDS`
    """
    found = sorted({clean(word) for word in words})
    for word in found:
        if word in stop_words():
            raise UserWordError(f"{word!r} is a stop word: frequent, and no theme is about it")
        if _WORD.fullmatch(word) is None or len(word) > MAX_WORD_CHARS:
            raise UserWordError(f"{word!r} is no word of 2 to {MAX_WORD_CHARS} letters and digits without spaces")
    if len(found) > MAX_USER_WORDS:
        raise UserWordError(f"{len(found)} words are more than {MAX_USER_WORDS}")
    return tuple(found)


@lru_cache(maxsize=8)
def user_word_matcher(words: tuple[str, ...]) -> PhraseMatcher:
    """Return a matcher of a campaign's words, kept for the next ideas."""
    return PhraseMatcher(words)

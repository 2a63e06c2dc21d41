"""Slips of spelling that are common in this field (쓰래기, 프라스틱, 센타), put right before the tagger cuts them up.

The tagger makes known words of what it doesn't know (쓰래 + 기), so that a slip cannot be told by its tokens.
"""

from __future__ import annotations

import csv
import re
from functools import cache

from nlp.text.tokens import DATA_DIR


def correct_spelling(text: str) -> str:
    """The text with the slips of `data/spelling.csv` put right, wherever they stand; its length may change."""
    return _pattern().sub(lambda match: spellings()[match.group()], text)


@cache
def spellings() -> dict[str, str]:
    """How words are misspelt -> how they are spelt."""
    with (DATA_DIR / "spelling.csv").open(encoding="utf-8", newline="") as file:
        return {row["wrong"]: row["right"] for row in csv.DictReader(file)}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, spellings()), key=lambda wrong: (-len(wrong), wrong))))

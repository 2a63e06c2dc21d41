"""Correct misspellings that are common in this field (쓰래기, 프라스틱, 센타) before the tagger splits them.

The tagger splits unknown words into known ones (쓰래 + 기), so a misspelling cannot be recognised by its tokens.
"""

from __future__ import annotations

import csv
import re
from functools import cache

from nlp.text.tokens import DATA_DIR


def correct_spelling(text: str) -> str:
    """Return the text with the misspellings of `data/spelling.csv` corrected; its length may change."""
    return _pattern().sub(lambda match: spellings()[match.group()], text)


@cache
def spellings() -> dict[str, str]:
    """Return the corrections of `data/spelling.csv`: wrong -> right."""
    with (DATA_DIR / "spelling.csv").open(encoding="utf-8", newline="") as file:
        return {row["wrong"]: row["right"] for row in csv.DictReader(file)}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, spellings()), key=lambda wrong: (-len(wrong), wrong))))

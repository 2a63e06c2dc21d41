"""Stop words: frequent in proposals and without a subject of their own (안녕, 제안, 감사 …)."""

from __future__ import annotations

import csv
from functools import cache

from nlp.text.tokens import DATA_DIR


@cache
def stop_words() -> frozenset[str]:
    """Return the nouns of `data/stopwords.csv`, as the tokenizer gives them."""
    with (DATA_DIR / "stopwords.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["word"] for row in csv.DictReader(file))

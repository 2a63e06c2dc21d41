"""Sentences that stand word for word in many texts and name no subject: notices of a site, headings of a form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MIN_CHARS = 8  # a shorter line says too little to be told from a word
MIN_TEXTS = 5
MIN_SHARE = 0.015  # of the texts
_ENDS = re.compile(r"(?<=[.!?。])\s+|\n+|(?<=\])\s*|\s*(?=\[)")  # a notice in brackets stands anywhere


def without_boilerplate(texts: Sequence[str], canonical: Sequence[bool]) -> list[str]:
    """Return the texts without the sentences that stand word for word in many of them.

    :param texts: in plain paragraphs
    :param canonical: for each text whether it is no near-duplicate: copies of one text make none of it boilerplate
    """
    sentences = [_ENDS.split(text) for text in texts]
    counts = Counter[str]()
    for parts, counts_for in zip(sentences, canonical, strict=True):
        if counts_for:
            counts.update({key for part in parts if len(key := _key(part)) >= MIN_CHARS})
    least = max(MIN_TEXTS, MIN_SHARE * sum(canonical))
    common = {key for key, count in counts.items() if count >= least}
    if not common:
        return list(texts)
    return [
        text if common.isdisjoint(keys := [_key(part) for part in parts]) else _joined(parts, keys, common)
        for text, parts in zip(texts, sentences, strict=True)
    ]


def _joined(parts: Sequence[str], keys: Sequence[str], common: set[str]) -> str:
    return "\n".join(part for part, key in zip(parts, keys, strict=True) if part and key not in common)


def _key(sentence: str) -> str:
    return sentence.strip()

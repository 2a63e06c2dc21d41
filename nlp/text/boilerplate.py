"""Sentences that stand word for word in many texts and name no subject: notices of a site, headings of a form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MIN_CHARS = 6  # without spaces; a shorter line says too little to be told from a word
MIN_TEXTS = 5
MIN_SHARE = 0.015  # of the texts
_ENDS = re.compile(r"(?<=[.!?。\]])\s+|\n+")


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
        "\n".join(kept) if len(kept := [part for part in parts if _key(part) not in common]) < len(parts) else text
        for text, parts in zip(texts, sentences, strict=True)
    ]


def _key(sentence: str) -> str:
    return "".join(character for character in sentence if character.isalnum())

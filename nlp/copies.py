"""Near-copies: the same proposal typed again. They are one point for the clusters and keep their count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

PIECE = 1_000  # rows compared at once, so that memory stays bounded
TEXT_CHARS = 600


def near_copies(texts: Sequence[str], threshold: float = 0.58) -> dict[int, int]:
    """Texts that repeat an earlier one: cosine of their character 4-gram counts is at least `threshold`.

    :return: {place of the copy: place of the first of its group}; the first ones are no keys
    """
    if not texts:
        return {}
    first = np.arange(len(texts))
    grams = HashingVectorizer(analyzer="char", ngram_range=(4, 4), n_features=2**20, alternate_sign=False)
    rows = grams.transform(["".join(text.split())[:TEXT_CHARS] for text in texts])
    for start in range(0, rows.shape[0], PIECE):
        block = rows[start : start + PIECE]
        alike = sparse.coo_matrix(block @ rows[: start + block.shape[0]].T)
        pairs = sorted(
            (int(row) + start, int(column))
            for row, column, score in zip(alike.row, alike.col, alike.data, strict=True)
            if score >= threshold and column < row + start
        )
        for later, earlier in pairs:
            if first[later] == later:
                first[later] = first[earlier]
    return {place: int(origin) for place, origin in enumerate(first) if origin != place}

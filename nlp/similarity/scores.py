"""Combine lexical and semantic similarity.

Separate from `nlp.similarity.index`, so that web processes can use it without scikit-learn.
"""

from __future__ import annotations

from typing import Any

import numpy as np

MEANING_WEIGHT = 0.33  # 0..1, share of the score that meaning decides; words decide the rest
# From .2 to .5 labelled duplicates are found equally often; others best at .25-.35 (docs/analysis-experiments.md).
Floats = np.ndarray[Any, np.dtype[np.float32]]


def combined_similarity(
    lexical: Floats, semantic: Floats, has_embedding: np.ndarray[Any, Any], meaning_weight: float = MEANING_WEIGHT
) -> Floats:
    """Return the weighted mean of the cosines by words and by meaning; by words alone where there is no embedding.

    :param lexical: (n,) cosines of the TF-IDF words, 0..1
    :param semantic: (n,) mean of the title's and the body's cosine, -1..1; ignored where there is no embedding
    :param has_embedding: (n,) 1 or True where `semantic` is known, else 0 or False
    :param meaning_weight: 0..1, share of the score that meaning decides
    :return: (n,) float32, at most 1
    """
    weights = np.float32(meaning_weight) * has_embedding.astype(np.float32)
    return np.asarray((1 - weights) * lexical + weights * semantic)

"""How likeness by words and likeness by meaning make one score.

Apart from `nlp.similarity.index`, so that a web process can have it without scikit-learn.
"""

from __future__ import annotations

from typing import Any

import numpy as np

MEANING_WEIGHT = 0.5  # of the title's and of the body's cosine each, beside 1 for the words (docs/analysis.md)
Floats = np.ndarray[Any, np.dtype[np.float32]]


def joined_score(words: Floats, meaning: Floats, known: np.ndarray[Any, Any]) -> Floats:
    """Likeness by words and, where it is known (1, else 0), by meaning; float32 arrays of one shape, each at most 1."""
    weight = np.float32(2 * MEANING_WEIGHT)
    return np.asarray((words + weight * meaning) / (1 + weight * known.astype(np.float32)))

"""Votes reweighted by the probability with which each idea was shown to each person.

Who is shown what is not left to chance by a routing that learns. A vote counts as one over its probability, clipped so
that no vote counts for very many, and scaled per idea so that the weights add up to the effective number of votes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from nlp.opinion.cells import Cells, Floats

MIN_PROBABILITY = 0.05  # a smaller one counts as this: no vote weighs more than 20 times a sure one


def weighted_cells(cells: Cells, shown: Any) -> Cells:
    """Return the votes with self-normalised weights; as they are for None.

    :param shown: probabilities, 0 < p ≤ 1: a number, (n_ideas,), (n_people, 1), (n_people, n_ideas), or a sparse matrix
        of that shape that holds one for each vote
    :raise ValueError: a probability outside 0..1 or missing where there is a vote, another shape
    """
    if shown is None:
        return cells
    weights = [1 / np.maximum(_at(kind, shown), MIN_PROBABILITY) for kind in cells.kinds]
    n_ideas = cells.shape[1]
    total = _by_idea(cells, weights, n_ideas)
    squares = _by_idea(cells, [weight**2 for weight in weights], n_ideas)
    scale = total / np.maximum(squares, 1e-12)  # Kish: effective votes = total² / squares
    kinds = []
    for kind, weight in zip(cells.kinds, weights, strict=True):
        data = (weight * scale[kind.indices]).astype(np.float32)
        kinds.append(sparse.csr_array((data, kind.indices, kind.indptr), shape=kind.shape))
    return Cells(*kinds)


def effective_votes(cells: Cells) -> Floats:
    """Return the number of votes on each idea, or as many equal ones as the weights leave, (n_ideas,)."""
    return np.asarray(cells.totals().sum(axis=-1))


def _at(kind: Any, shown: Any) -> Floats:
    """Return the probability at each stored vote."""
    person = np.repeat(np.arange(kind.shape[0]), np.diff(kind.indptr))
    if not len(person):
        return np.zeros(0)
    if sparse.issparse(shown):
        if shown.shape != kind.shape:
            raise ValueError(f"probabilities have the shape {shown.shape}, votes {kind.shape}")
        chosen = sparse.csr_matrix(shown)[person, kind.indices]  # an array would give a sparse answer
        found = np.asarray(chosen, dtype=np.float64).ravel()
    else:
        spread = np.broadcast_to(np.asarray(shown), kind.shape)
        found = np.asarray(spread[person, kind.indices], dtype=np.float64)
    if not bool(((found > 0) & (found <= 1)).all()):
        raise ValueError("the probability with which an idea was shown must be above 0 and at most 1")
    return found


def _by_idea(cells: Cells, values: list[Floats], n_ideas: int) -> Floats:
    pairs = zip(cells.kinds, values, strict=True)
    return np.asarray(sum(np.bincount(kind.indices, weights=value, minlength=n_ideas) for kind, value in pairs))

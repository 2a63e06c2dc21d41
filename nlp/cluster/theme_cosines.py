"""How like its own theme an idea is: cosines to the sum of a theme's rows, dense or sparse."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from nlp.batches import gen_batches

UNTHEMED = -1
BLOCK = 256  # themes whose sums are dense at a time
ROWS = 2_048  # dense rows that are compared at a time: a copy that stays in the cache costs a fifth
Floats = np.ndarray[Any, Any]
Labels = np.ndarray[Any, Any]
Space = Any  # a dense array or a sparse matrix: both know @, slices and .T
"""(n_ideas, n_features) rows of unit length or zero."""


def theme_sums(space: Space, labels: Labels, n_themes: int) -> Space:
    """Return the sum of the rows of each theme 0..n_themes-1, (n_themes, n_features).

    :param labels: (n_ideas,) theme of each idea, UNTHEMED for none
    """
    inside = np.flatnonzero(labels != UNTHEMED)
    ones = np.ones(len(inside), dtype=space.dtype)
    members = sparse.csr_matrix((ones, (labels[inside], inside)), shape=(n_themes, len(labels)))
    return members @ space


def likeness_to_fellows(space: Space, labels: Labels, sums: Space) -> Floats:
    """Return the cosine of each idea to the sum of its theme's other ideas, 0 without a theme or without others.

    In a small theme an idea is a large part of the centre: only the others can tell whether it belongs.

    :param sums: (n_themes, n_features) of `theme_sums`
    """
    found = np.zeros(len(labels))
    inside = np.flatnonzero(labels != UNTHEMED)
    dots, own = dots_with_sums(space, labels, sums)[inside], row_dots(space, space)[inside]
    others = np.sqrt(np.maximum(row_dots(sums, sums)[labels[inside]] - 2 * dots + own, 0.0))
    found[inside] = np.where(others > 1e-6, (dots - own) / np.maximum(others, 1e-6), 0.0)
    return found


def dots_with_sums(space: Space, labels: Labels, sums: Space) -> Floats:
    """Return the dot product of each row with the sum of its theme, (n_ideas,), 0 without a theme.

    Sums are looked up a block at a time: to repeat the long sum of a theme for each of its rows takes seconds.

    :param sums: (n_themes, n_features) of `theme_sums`
    """
    if not sparse.issparse(space):
        dense = np.zeros(len(labels), dtype=np.result_type(space, sums))
        inside = np.flatnonzero(labels != UNTHEMED)
        for batch in gen_batches(len(inside), ROWS):
            rows = inside[batch]
            dense[rows] = row_dots(space[rows], sums[labels[rows]])
        return dense
    found = np.zeros(len(labels))
    order = np.argsort(labels, kind="stable")
    for start in range(0, sums.shape[0], BLOCK):
        block = order[slice(*np.searchsorted(labels[order], [start, start + BLOCK]))]
        part, dense = space[block], sums[start : start + BLOCK].toarray()
        at = np.repeat(np.arange(len(block)), np.diff(part.indptr))
        products = part.data * dense[labels[block][at] - start, part.indices]
        found[block] = np.bincount(at, weights=products, minlength=len(block))
    return found


def row_dots(one: Space, other: Space) -> Floats:
    """Return the dot product of each row with the same row of the other, (n_rows,)."""
    if sparse.issparse(one):
        return np.asarray(one.multiply(other).sum(axis=1)).ravel()
    return np.einsum("ij,ij->i", one, other)

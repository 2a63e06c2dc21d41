"""How like its own theme an idea is: cosines to the sum of a theme's rows, dense or sparse."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

UNTHEMED = -1
BLOCK = 256  # themes whose sums are dense at a time
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
    rows = space[inside]
    dots, own = _dots_with_sums(rows, labels[inside], sums), row_dots(rows, rows)
    others = np.sqrt(np.maximum(row_dots(sums, sums)[labels[inside]] - 2 * dots + own, 0.0))
    found[inside] = np.where(others > 1e-6, (dots - own) / np.maximum(others, 1e-6), 0.0)
    return found


def _dots_with_sums(rows: Space, labels: Labels, sums: Space) -> Floats:
    """Return the dot product of each row with the sum of its theme, (n_rows,).

    Sparse sums are filled in a block at a time: to repeat the long sum of a theme for each of its rows takes seconds.
    """
    if not sparse.issparse(rows):
        return row_dots(rows, sums[labels])
    found = np.zeros(len(labels))
    order = np.argsort(labels, kind="stable")
    for start in range(0, sums.shape[0], BLOCK):
        block = order[slice(*np.searchsorted(labels[order], [start, start + BLOCK]))]
        part, dense = rows[block], sums[start : start + BLOCK].toarray()
        at = np.repeat(np.arange(len(block)), np.diff(part.indptr))
        products = part.data * dense[labels[block][at] - start, part.indices]
        found[block] = np.bincount(at, weights=products, minlength=len(block))
    return found


def row_dots(one: Space, other: Space) -> Floats:
    """Return the dot product of each row with the same row of the other, (n_rows,)."""
    if sparse.issparse(one):
        return np.asarray(one.multiply(other).sum(axis=1)).ravel()
    return np.einsum("ij,ij->i", one, other)

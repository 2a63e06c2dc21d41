"""Pairs of themes that are nearly one, by what the corpus itself calls one theme.

How alike two groups of ideas are is the mean cosine between them, divided by the geometric mean of those within each
(average linkage; corrected for attenuation, Spearman 1904). It is 1 where members of one group are as like the other
group as their own, whatever the size and the noise of the groups. The threshold comes from the run's own themes: each
is cut in two along its principal direction (Boley 1998), and its two halves are compared in the same way. Two themes
that are no further apart than the halves of one theme in four are nearly one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from nlp.cluster.theme_cosines import UNTHEMED, row_dots, theme_sums

MIN_HALF = 4  # ideas of a half below which its mean cosine is noise
MIN_CUT_THEMES = 5  # themes that can be cut below which nothing is known about one theme
MAX_CUT_THEMES, MAX_CUT = 200, 400  # themes that are cut, and ideas of each: the first ones
WIDE_THEME = 0.25  # quantile of the halves' likeness: one theme in four is as wide as this
MAX_PAIRS = 20  # pairs that are returned; nobody reads more
Floats = np.ndarray[Any, Any]
Labels = np.ndarray[Any, Any]
Pair = tuple[int, int, float]
"""Two themes, the one with the smaller number first, and how alike they are."""


def nearly_equal_themes(vectors: Any, labels: Labels) -> tuple[Pair, ...]:
    """Return the pairs of themes that are nearly one, the most alike first.

    :param vectors: (n_ideas, n_features) rows of unit length or zero
    :param labels: (n_ideas,) theme of each idea, -1 for none
    :return: at most `MAX_PAIRS`; none where too few themes are large enough to be cut in two, and none of smaller ones
    """
    threshold = likeness_of_halves(vectors, labels)
    if threshold is None:
        return ()
    is_large = np.bincount(labels[labels != UNTHEMED]) >= 2 * MIN_HALF
    alike = np.where(np.outer(is_large, is_large), theme_likeness(vectors, labels), -1.0)
    first, second = np.nonzero(np.triu(alike >= threshold, k=1))
    likeness = alike[first, second].astype(float).round(4)
    best = np.lexsort((second, first, -likeness))[:MAX_PAIRS]
    return tuple((int(first[at]), int(second[at]), float(likeness[at])) for at in best)


def theme_likeness(vectors: Any, labels: Labels) -> Floats:
    """Return how alike each two themes are, (n_themes, n_themes); 0 where a theme's own ideas are not alike."""
    n_themes = int(labels.max(initial=UNTHEMED)) + 1
    inside = np.flatnonzero(labels != UNTHEMED)
    sums, sizes = theme_sums(vectors, labels, n_themes), np.bincount(labels[inside], minlength=n_themes)
    squares = np.bincount(labels[inside], weights=row_dots(vectors, vectors)[inside], minlength=n_themes)
    products = np.asarray((sums @ sums.T).todense() if sparse.issparse(sums) else sums @ sums.T)
    within = (np.diag(products) - squares) / np.maximum(sizes * (sizes - 1), 1)
    between = products / np.maximum(np.outer(sizes, sizes), 1)
    scale = np.sqrt(np.maximum(np.outer(within, within), 0.0))
    can = (within[:, None] > 0) & (within[None, :] > 0)
    return np.where(can, between / np.where(can, np.maximum(scale, 1e-12), 1.0), 0.0)


def likeness_of_halves(vectors: Any, labels: Labels) -> float | None:
    """Return how alike the two halves of a wide theme are; None where too few themes can be cut in two."""
    found = []
    for theme in range(min(int(labels.max(initial=UNTHEMED)) + 1, MAX_CUT_THEMES)):
        rows = vectors[np.flatnonzero(labels == theme)[:MAX_CUT]]
        halves = _cut_in_two(np.asarray(rows.todense() if sparse.issparse(rows) else rows, dtype=float))
        if halves is not None:
            found.append(float(theme_likeness(rows, halves)[0, 1]))
    return float(np.quantile(found, WIDE_THEME)) if len(found) >= MIN_CUT_THEMES else None


def _cut_in_two(rows: Floats) -> Labels | None:
    """Return which half each row is in, by its sign along the principal direction; None where a half is too small."""
    if len(rows) < 2 * MIN_HALF:
        return None
    centred = rows - rows.mean(axis=0)
    _values, directions = np.linalg.eigh(centred @ centred.T)  # the Gram matrix: there are fewer rows than features
    halves = (directions[:, -1] > 0).astype(int)
    return halves if MIN_HALF <= halves.sum() <= len(rows) - MIN_HALF else None

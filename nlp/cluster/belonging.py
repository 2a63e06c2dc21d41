"""Who belongs to a theme: members that count, members that loosely belong, and ideas that are left out.

The floor comes from the corpus itself, without labels. Ideas are compared with the themes of *other* subjects: that is
how alike texts of one corpus are that have nothing to do with each other. An idea counts if it is more like its own
theme than `COUNTED_QUANTILE` of all ideas are like any theme outside their subject (the runner-up as null distribution,
as in the silhouette, Rousseeuw 1987); it loosely belongs if it is at least as like it as the median idea.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from nlp.cluster.theme_cosines import UNTHEMED, Floats, Labels, Space, likeness_to_fellows, row_dots, theme_sums

COUNTED_QUANTILE = 0.9
NULL_SAMPLE = 4_000  # ideas that are compared with the themes of other subjects
LEAST, COUNTED = 0.0, 1.0  # standardised likeness from which an idea loosely belongs, and from which it counts
KEPT = 0.7  # the same for an idea that counted in this theme in the last run: nothing flickers at the floor
MIN_NULL = 20  # compared ideas below which there is no distribution to speak of


def measure_belonging(
    spaces: Sequence[Space], labels: Labels, theme_subjects: Labels, random_state: int = 0
) -> Floats | None:
    """Compare each idea with its own theme and with the themes of other subjects.

    Each space (words, meaning) is standardised by its own null distribution; their mean is standardised again.

    :param labels: (n_ideas,) theme of each idea, -1 for none
    :param theme_subjects: (n_themes,) the subject of each theme
    :return: (n_ideas,) strength: 0 is as like its theme as the median idea is like themes of other subjects, 1 as the
        90th of 100, -inf without a theme; None where no theme is of another subject: then the corpus gives no floor
    """
    rows = np.flatnonzero(labels != UNTHEMED)
    if len(np.unique(theme_subjects)) < 2 or len(rows) < MIN_NULL:
        return None
    sample = np.sort(np.random.default_rng(random_state).permutation(rows)[:NULL_SAMPLE])
    own, null = np.zeros(len(labels)), np.zeros(len(sample))
    for space in spaces:
        sums = theme_sums(space, labels, len(theme_subjects))
        likeness = likeness_to_fellows(space, labels, sums)
        elsewhere = _likeness_to_other_subjects(space[sample], sums, theme_subjects[labels[sample]], theme_subjects)
        middle, scale = _centre_and_scale(elsewhere)
        own += (likeness - middle) / scale
        null += (elsewhere - middle) / scale
    middle, scale = _centre_and_scale(null)
    return np.where(labels == UNTHEMED, -np.inf, (own - middle) / scale)


def _centre_and_scale(values: Floats) -> tuple[float, float]:
    middle = float(np.median(values))
    return middle, max(float(np.quantile(values, COUNTED_QUANTILE)) - middle, 1e-6)


def _likeness_to_other_subjects(rows: Space, sums: Space, subjects: Labels, theme_subjects: Labels) -> Floats:
    """Return the highest cosine of each row to a theme of another subject, (n_rows,)."""
    products = rows @ sums.T
    dense = np.asarray(products.todense()) if sparse.issparse(products) else np.asarray(products)
    cosines = dense / np.sqrt(np.maximum(row_dots(sums, sums), 1e-12))
    return np.asarray(np.where(theme_subjects[None, :] == subjects[:, None], -1.0, cosines).max(axis=1))

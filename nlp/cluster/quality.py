"""How far a run can be trusted: themes that come back when the clustering is repeated on samples of the ideas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from nlp.cluster.clusterer import LARGE_CORPUS
from nlp.records import FoundTheme, Quality

N_RESAMPLES, N_RESAMPLES_LARGE = 5, 2  # fewer above LARGE_CORPUS ideas, whose themes have many members
RESAMPLE_SHARE = 0.85  # of the ideas, drawn without replacement
MIN_STABILITY = 0.6  # mean Jaccard index below which a cluster "should not be trusted" (Hennig 2007)
MIN_COHESION = 0.2
Floats = np.ndarray[Any, Any]
Ints = np.ndarray[Any, Any]
Recluster = Callable[[Ints], Ints]
"""Clusters the given rows again and returns their labels, one for each."""


def n_resamples_of(n: int) -> int:
    """Return how often the clustering of `n` ideas is repeated."""
    return N_RESAMPLES if n <= LARGE_CORPUS else N_RESAMPLES_LARGE


def theme_stability(labels: Ints, recluster: Recluster, random_state: int) -> Floats:
    """Return how well each theme comes back: its best Jaccard index, averaged over resamples (Hennig 2007).

    :param labels: (n_ideas,) themes of the run, -1 for none
    :param recluster: clusters the given rows again, without the others
    :param random_state: seed of the resamples
    :return: (n_themes,) 0..1
    """
    n_themes = int(labels.max(initial=-1)) + 1
    rng = np.random.default_rng(random_state + 1)
    found = []
    for _ in range(n_resamples_of(len(labels))):
        sample = np.sort(rng.permutation(len(labels))[: max(2, round(RESAMPLE_SHARE * len(labels)))])
        found.append(_best_jaccard(labels[sample], recluster(sample), n_themes))
    return np.asarray(np.mean(found, axis=0))


def quality_report(
    themes: Sequence[FoundTheme], n_ideas: int, n_unthemed: int, n_resamples: int = N_RESAMPLES
) -> Quality:
    """Summarise a run: means over themed ideas, and which themes to read with care.

    :param n_resamples: how often the clustering was repeated
    """
    sizes = np.array([len(theme.members) for theme in themes], dtype=float)
    known = [theme.stability for theme in themes if theme.stability is not None]
    is_resampled = len(known) == len(themes) and bool(themes)
    return Quality(
        stability=round(float(np.average(known, weights=sizes)), 4) if is_resampled else None,
        cohesion=round(float(np.average([theme.cohesion for theme in themes], weights=sizes)), 4) if themes else 0.0,
        unthemed_share=round(n_unthemed / n_ideas, 4) if n_ideas else 0.0,
        shaky=tuple(index for index, theme in enumerate(themes) if is_shaky(theme)),
        n_resamples=n_resamples if is_resampled else 0,
    )


def is_shaky(theme: FoundTheme) -> bool:
    """Is the theme unstable under resampling, or hardly coherent?"""
    return (theme.stability is not None and theme.stability < MIN_STABILITY) or theme.cohesion < MIN_COHESION


def _best_jaccard(before: Ints, again: Ints, n_themes: int) -> Floats:
    """Return the largest Jaccard index of each theme with a theme of the repetition; 0 if they share no idea.

    :param before: (n_sampled,) labels of the run
    :param again: (n_sampled,) labels of the repetition
    :return: (n_themes,) 0..1
    """
    n_again = int(again.max(initial=-1)) + 1
    themed = (before >= 0) & (again >= 0)
    ones = np.ones(int(themed.sum()))
    both = sparse.coo_matrix((ones, (before[themed], again[themed])), shape=(n_themes, max(n_again, 1))).tocsr().tocoo()
    here = np.bincount(before[before >= 0], minlength=n_themes)
    there = np.bincount(again[again >= 0], minlength=n_again)
    best = np.zeros(n_themes)
    np.maximum.at(best, both.row, both.data / (here[both.row] + there[both.col] - both.data))
    return best

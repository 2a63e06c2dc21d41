"""How far a run can be trusted: themes that come back when the analysis is repeated on parts of the ideas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from nlp.cluster.clusterer import LARGE
from nlp.records import FoundTheme, Quality

N_RESAMPLES, FEW_RESAMPLES = 5, 2  # few above LARGE ideas, whose themes have many members
PART = 0.85  # of the ideas, drawn without return
STEADY = 0.6  # mean Jaccard likeness below which a cluster "should not be trusted" (Hennig 2007)
COHESIVE = 0.2
Ints = np.ndarray[Any, Any]
Cut = Callable[[Ints], Ints]


def resamples(n: int) -> int:
    """How often an analysis of `n` ideas is repeated to see which themes come back."""
    return N_RESAMPLES if n <= LARGE else FEW_RESAMPLES


def theme_stability(labels: Ints, cut: Cut, random_state: int) -> np.ndarray[Any, Any]:
    """How well each theme comes back: mean over resamples of its best Jaccard likeness there (Hennig 2007).

    :param labels: (n,) themes of the run, -1 for none; :param cut: clusters the given rows anew, labels of their length
    :return: (n_themes,) 0..1
    """
    n_themes = int(labels.max(initial=-1)) + 1
    rng = np.random.default_rng(random_state + 1)
    found = []
    for _ in range(resamples(len(labels))):
        part = np.sort(rng.permutation(len(labels))[: max(2, round(PART * len(labels)))])
        found.append(_best_likeness(labels[part], cut(part), n_themes))
    return np.asarray(np.mean(found, axis=0))


def report(themes: Sequence[FoundTheme], n_ideas: int, n_unthemed: int, n_resamples: int = N_RESAMPLES) -> Quality:
    """The run's quality: means over themed ideas, and which themes to read with care."""
    sizes = np.array([len(theme.members) for theme in themes], dtype=float)
    known = [theme.stability for theme in themes if theme.stability is not None]
    steady = len(known) == len(themes) and bool(themes)
    return Quality(
        stability=round(float(np.average(known, weights=sizes)), 4) if steady else None,
        cohesion=round(float(np.average([theme.cohesion for theme in themes], weights=sizes)), 4) if themes else 0.0,
        unthemed_share=round(n_unthemed / n_ideas, 4) if n_ideas else 0.0,
        shaky=tuple(place for place, theme in enumerate(themes) if is_shaky(theme)),
        n_resamples=n_resamples if steady else 0,
    )


def is_shaky(theme: FoundTheme) -> bool:
    """Does the theme fall apart when some ideas are missing, or hold together hardly at all?"""
    return (theme.stability is not None and theme.stability < STEADY) or theme.cohesion < COHESIVE


def _best_likeness(before: Ints, again: Ints, n_themes: int) -> np.ndarray[Any, Any]:
    """(n_themes,) largest Jaccard index of each theme with a theme of the new cut; 0 if none of its ideas is in one."""
    n_again = int(again.max(initial=-1)) + 1
    themed = (before >= 0) & (again >= 0)
    ones = np.ones(int(themed.sum()))
    both = sparse.coo_matrix((ones, (before[themed], again[themed])), shape=(n_themes, max(n_again, 1))).tocsr().tocoo()
    here = np.bincount(before[before >= 0], minlength=n_themes)
    there = np.bincount(again[again >= 0], minlength=n_again)
    best = np.zeros(n_themes)
    np.maximum.at(best, both.row, both.data / (here[both.row] + there[both.col] - both.data))
    return best

"""How far a run can be trusted: themes that come back when the analysis is repeated on parts of the ideas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nlp.records import FoundTheme, Quality

N_RESAMPLES = 5
PART = 0.85  # of the ideas, drawn without return
UP_TO = 20_000  # ideas above which repeating the analysis would cost too much; stability is then not told
STEADY = 0.6  # mean Jaccard likeness below which a cluster "should not be trusted" (Hennig 2007)
COHESIVE = 0.2
Ints = np.ndarray[Any, Any]
Cut = Callable[[Ints], Ints]


def theme_stability(labels: Ints, cut: Cut, random_state: int, n_resamples: int = N_RESAMPLES) -> np.ndarray[Any, Any]:
    """How well each theme comes back: mean over resamples of its best Jaccard likeness there (Hennig 2007).

    :param labels: (n,) themes of the run, -1 for none; :param cut: clusters the given rows anew, labels of their length
    :return: (n_themes,) 0..1
    """
    n_themes = int(labels.max(initial=-1)) + 1
    rng = np.random.default_rng(random_state + 1)
    found = np.zeros((n_resamples, n_themes))
    for turn in range(n_resamples):
        part = np.sort(rng.permutation(len(labels))[: max(2, round(PART * len(labels)))])
        again, before = cut(part), labels[part]
        for theme in range(n_themes):
            found[turn, theme] = _best_likeness(before == theme, again)
    return np.asarray(found.mean(axis=0))


def report(themes: Sequence[FoundTheme], n_ideas: int, n_unthemed: int) -> Quality:
    """The run's quality: means over themed ideas, and which themes to read with care."""
    sizes = np.array([len(theme.members) for theme in themes], dtype=float)
    known = [theme.stability for theme in themes if theme.stability is not None]
    steady = len(known) == len(themes) and bool(themes)
    return Quality(
        stability=round(float(np.average(known, weights=sizes)), 4) if steady else None,
        cohesion=round(float(np.average([theme.cohesion for theme in themes], weights=sizes)), 4) if themes else 0.0,
        unthemed_share=round(n_unthemed / n_ideas, 4) if n_ideas else 0.0,
        shaky=tuple(place for place, theme in enumerate(themes) if is_shaky(theme)),
        n_resamples=N_RESAMPLES if steady else 0,
    )


def is_shaky(theme: FoundTheme) -> bool:
    """Does the theme fall apart when some ideas are missing, or hold together hardly at all?"""
    return (theme.stability is not None and theme.stability < STEADY) or theme.cohesion < COHESIVE


def _best_likeness(theme: Ints, again: Ints) -> float:
    """Largest Jaccard index between the theme's ideas and a theme of the new cut; 0 if none of them is there."""
    inside = again[theme]
    best = 0.0
    for name in np.unique(inside[inside >= 0]):
        both = int((inside == name).sum())
        best = max(best, both / (int(theme.sum()) + int((again == name).sum()) - both))
    return best

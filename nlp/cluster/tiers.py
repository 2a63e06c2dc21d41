"""Settle a fitted clustering: which ideas count as members, which loosely belong, and which theme is nearest to others.

`nlp.cluster.belonging` measures; this module applies it to the clusterer and numbers the themes that are left anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.preprocessing import normalize

from nlp.cluster.belonging import COUNTED, KEPT, LEAST, measure_belonging
from nlp.cluster.clusterer import ThemeClusterer, theme_centres
from nlp.cluster.theme_cosines import UNTHEMED, Space
from nlp.text.topics import Topic, sector_taxonomy

ROUNDS = 2  # the likeness is measured again once strangers have left a theme
Floats = np.ndarray[Any, Any]
Labels = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Tiers:
    """What became of the ideas that a clusterer had put into themes.

    :param is_loose: (n_ideas,) bool, ideas that loosely belong to their nearest theme
    :param nearest: (n_ideas,) the nearest theme, by its new number; -1 where there is no theme at all
    :param kept_themes: (n_kept,) the old numbers of the themes that are left, in their order
    """

    is_loose: Labels
    nearest: Labels
    kept_themes: Labels


def settle_members(
    clusterer: ThemeClusterer, spaces: Sequence[Space], vectors: Floats, was_counted: Sequence[bool]
) -> Tiers:
    """Leave in each theme only the ideas that clearly belong, and drop themes with fewer of them than `min_size`.

    Changes the clusterer's labels, scores, centres and the arrays with a value for each theme.

    :param spaces: (n_ideas, n_features) each, in which likeness is measured: words, and meaning where there is one
    :param vectors: (n_ideas, n_features) what the clusterer was fitted on
    :param was_counted: (n_ideas,) members of the last run's themes: a somewhat lower floor holds for them
    """
    placed = clusterer.labels_.copy()
    labels, strength = placed, None
    floor = np.where(np.asarray(was_counted, dtype=bool), KEPT, COUNTED)
    for _ in range(ROUNDS):
        found = measure_belonging(spaces, labels, clusterer.subject_labels_, clusterer.random_state)
        if found is None:
            break
        strength = found if strength is None else np.where(labels != UNTHEMED, found, strength)
        labels = np.where(strength >= floor, placed, UNTHEMED)
    kept = _renumber(clusterer, labels, vectors)
    nearest = _nearest(clusterer, placed, kept, vectors)
    is_out = clusterer.labels_ == UNTHEMED
    is_loose = is_out & (placed != UNTHEMED) & np.isin(placed, kept)
    if strength is not None:
        is_loose &= strength >= LEAST
    return Tiers(is_loose, nearest, kept)


def set_subjects(clusterer: ThemeClusterer, taxonomy: Sequence[Topic], is_broad: bool) -> None:
    """Group themes that grew from known topics, and what was cut from them, by the topics' sectors.

    Other themes join the sector with the nearest centre. Without known topics the clusterer's own subjects stay.
    """
    seeds = clusterer.seed_labels_
    if is_broad:
        clusterer.subject_labels_ = np.arange(len(seeds))
    elif (seeds != UNTHEMED).any():
        sectors = [topic.sector for topic in sector_taxonomy()]
        known = np.array([UNTHEMED if seed == UNTHEMED else sectors.index(taxonomy[seed].sector) for seed in seeds])
        names = np.unique(known[known != UNTHEMED])
        centres = normalize(np.array([clusterer.cluster_centers_[known == name].mean(axis=0) for name in names]))
        nearest = names[(clusterer.cluster_centers_ @ centres.T).argmax(axis=1)]
        before = clusterer.subject_labels_.tolist()
        cut_from = {subject: int(sector) for subject, sector in zip(before, known, strict=True) if sector != UNTHEMED}
        joined = [cut_from.get(subject, int(near)) for subject, near in zip(before, nearest, strict=True)]
        clusterer.subject_labels_ = np.array(joined)


def _renumber(clusterer: ThemeClusterer, labels: Labels, vectors: Floats) -> Labels:
    """Drop themes that are too small, number the others by size, and return their old numbers in the new order."""
    sizes = np.bincount(labels[labels != UNTHEMED], minlength=len(clusterer.seed_labels_))
    order = np.lexsort((np.arange(len(sizes)), -sizes))
    kept = order[sizes[order] >= clusterer.min_size]
    number_of = np.full(len(sizes) + 1, UNTHEMED)  # the last one is that of UNTHEMED
    number_of[kept] = np.arange(len(kept))
    clusterer.labels_ = number_of[labels]
    clusterer.scores_ = np.where(clusterer.labels_ == UNTHEMED, 0.0, clusterer.scores_)
    clusterer.seed_labels_ = clusterer.seed_labels_[kept]
    clusterer.subject_labels_ = clusterer.subject_labels_[kept]
    clusterer.cluster_centers_ = theme_centres(vectors, clusterer.labels_, range(len(kept)))
    return kept


def _nearest(clusterer: ThemeClusterer, placed: Labels, kept: Labels, vectors: Floats) -> Labels:
    """Return the theme each idea was put in, if it is left, else the one with the nearest centre."""
    if not len(kept):
        return np.full(len(placed), UNTHEMED)
    number_of = np.full(max(int(placed.max(initial=0)), int(kept.max())) + 2, UNTHEMED)
    number_of[kept] = np.arange(len(kept))
    nearest = number_of[placed]
    lost = np.flatnonzero(nearest == UNTHEMED)
    for part in np.array_split(lost, max(1, len(lost) // 4_096)):
        if len(part):
            nearest[part] = (vectors[part] @ clusterer.cluster_centers_.T).argmax(axis=1)
    return nearest

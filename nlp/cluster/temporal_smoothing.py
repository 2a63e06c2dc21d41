"""Keep themes stable from run to run: an idea at the border of two themes stays in the theme of its last run.

The temporal smoothness of evolutionary clustering (Chakrabarti, Kumar & Tomkins 2006), applied to the labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.preprocessing import normalize

from nlp.cluster.align import align
from nlp.cluster.clusterer import ThemeClusterer
from nlp.cluster.theme_cosines import UNTHEMED

KEEP_RATIO = 0.3  # an idea stays if its cosine to its last theme is at least this share of that to its new theme
KEEP_RATIO_UNTHEMED = 0.1  # the same for an idea without a new theme, as a share of the last theme's median cosine
Floats = np.ndarray[Any, Any]
Labels = np.ndarray[Any, Any]


def stabilise_labels(
    labels: Labels,
    vectors: Floats,
    keys: Sequence[int],
    previous: Mapping[int, int],
    min_size: int = 1,
) -> Labels:
    """Return labels in which ideas of the last run keep their theme where the new clustering hardly contradicts it.

    :param labels: (n_ideas,) themes of the new run, -1 unthemed
    :param vectors: (n_ideas, n_features) what they were found on
    :param keys: (n_ideas,) the ideas' own keys
    :param previous: key -> theme in the last run, for ideas that had one; may hold keys of other ideas
    :param min_size: no theme is left with fewer ideas than this
    :return: (n_ideas,) labels, numbered like `labels`
    """
    rows = {key: row for row, key in enumerate(keys)}
    old = _members((key, theme) for key, theme in previous.items() if key in rows)
    new = _members((key, int(label)) for key, label in zip(keys, labels, strict=True) if label != UNTHEMED)
    if not old or not new:
        return labels
    links = align(old, new, old_idea_ids=set(keys), new_idea_ids=set(keys))
    successors = {link.old: link.new for link in links if link.is_successor and link.new is not None}
    unit = normalize(vectors)
    centres = normalize(np.array([unit[labels == label].mean(axis=0) for label in range(labels.max() + 1)]))
    cosines = unit @ centres.T
    typical = np.array([np.median(cosines[labels == label, label]) for label in range(labels.max() + 1)])
    stable = labels.copy()
    for theme, members in old.items():
        successor = successors.get(theme)
        if successor is None:
            continue
        for key in members:
            row, now = rows[key], labels[rows[key]]
            least = KEEP_RATIO_UNTHEMED * typical[successor] if now == UNTHEMED else KEEP_RATIO * cosines[row, now]
            can_leave = now == UNTHEMED or np.count_nonzero(stable == now) > min_size
            if now != successor and can_leave and cosines[row, successor] >= least:
                stable[row] = successor
    return stable


def apply_labels(clusterer: ThemeClusterer, labels: Labels, vectors: Floats) -> None:
    """Set the labels of a fitted clusterer; an idea that moved is scored by its cosine to its theme's centre.

    :param labels: (n_ideas,) themes, -1 unthemed
    :param vectors: (n_ideas, n_features) what `clusterer` was fitted on
    """
    moved = np.flatnonzero(labels != clusterer.labels_)
    if len(moved):
        cosines = (normalize(vectors[moved]) * clusterer.cluster_centers_[labels[moved]]).sum(axis=1)
        clusterer.scores_[moved] = np.clip(cosines, 0.0, 1.0)
        clusterer.labels_ = labels


def _members(pairs: Iterable[tuple[int, int]]) -> dict[int, dict[int, float]]:
    members: dict[int, dict[int, float]] = {}
    for key, theme in pairs:
        members.setdefault(theme, {})[key] = 1.0
    return members

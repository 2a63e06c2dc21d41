"""A new run beside the last one: an idea at the border of two themes stays where it stood, so themes hold still."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.preprocessing import normalize

from nlp.cluster.align import align
from nlp.cluster.clusterer import UNTHEMED, ThemeClusterer

LOYALTY = 0.3  # an idea stays if its old theme is at least this close, beside 1 for the theme it would go to
FLOOR = 0.1  # and one that would be left out stays if it is at least so close, beside 1 for the theme's other ideas


def steadied(
    labels: np.ndarray[Any, Any],
    vectors: np.ndarray[Any, Any],
    keys: Sequence[int],
    previous: Mapping[int, int],
    min_size: int = 1,
) -> np.ndarray[Any, Any]:
    """Labels in which ideas of the last run stay with their theme where the new cut hardly says otherwise.

    :param labels: (n_ideas,) themes of the new run, -1 unthemed
    :param vectors: (n_ideas, n_features) what they were found on
    :param keys: (n_ideas,) the ideas' own keys
    :param min_size: no theme is left with fewer ideas than this
    :param previous: key -> theme in the last run, for those that had one; other keys may be among them
    """
    rows = {key: row for row, key in enumerate(keys)}
    old = _members((key, theme) for key, theme in previous.items() if key in rows)
    new = _members((key, int(label)) for key, label in zip(keys, labels, strict=True) if label != UNTHEMED)
    if not old or not new:
        return labels
    links = align(old, new, old_read=set(keys), new_read=set(keys))
    heirs = {link.old: link.new for link in links if link.is_heir and link.new is not None}
    unit = normalize(vectors)
    centres = normalize(np.array([unit[labels == label].mean(axis=0) for label in range(labels.max() + 1)]))
    close = unit @ centres.T
    typical = np.array([np.median(close[labels == label, label]) for label in range(labels.max() + 1)])
    settled = labels.copy()
    for theme, members in old.items():
        heir = heirs.get(theme)
        if heir is None:
            continue
        for key in members:
            row, now = rows[key], labels[rows[key]]
            least = FLOOR * typical[heir] if now == UNTHEMED else LOYALTY * close[row, now]
            spare = now == UNTHEMED or np.count_nonzero(settled == now) > min_size
            if now != heir and spare and close[row, heir] >= least:
                settled[row] = heir
    return settled


def stay(found: ThemeClusterer, settled: np.ndarray[Any, Any], vectors: np.ndarray[Any, Any]) -> None:
    """Let a fitted clusterer say `settled`; ideas that stayed are as close as they are to their theme's centre."""
    moved = np.flatnonzero(settled != found.labels_)
    if len(moved):
        close = (normalize(vectors[moved]) * found.centres_[settled[moved]]).sum(axis=1)
        found.scores_[moved] = np.clip(close, 0.0, 1.0)
        found.labels_ = settled


def _members(pairs: Iterable[tuple[int, int]]) -> dict[int, dict[int, float]]:
    members: dict[int, dict[int, float]] = {}
    for key, theme in pairs:
        members.setdefault(theme, {})[key] = 1.0
    return members

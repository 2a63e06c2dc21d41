from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.preprocessing import normalize

from nlp.cluster.belonging import COUNTED, LEAST, measure_belonging
from nlp.cluster.clusterer import UNTHEMED, ThemeClusterer
from nlp.cluster.tiers import settle_members


def groups(n_groups: int = 6, n_each: int = 40, n_strangers: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Groups around axes of their own, and strangers in random directions that were put into the first groups."""
    rng = np.random.default_rng(0)
    axes = np.eye(n_groups, 24)
    near = np.vstack([axis + rng.normal(scale=0.12, size=(n_each, 24)) for axis in axes])
    far = rng.normal(size=(n_strangers, 24))
    labels = np.concatenate([np.repeat(np.arange(n_groups), n_each), np.arange(n_strangers) % n_groups])
    return normalize(np.vstack([near, far])), labels


def test_members_count_and_strangers_do_not():
    points, labels = groups()
    found = measure_belonging([points], labels, np.arange(6))
    assert (found[:240] >= COUNTED).mean() > 0.95
    assert (found[240:] >= COUNTED).mean() < 0.35


def test_without_a_second_subject_there_is_no_floor():
    points, labels = groups()
    assert measure_belonging([points], labels, np.zeros(6, dtype=int)) is None


def test_ideas_without_a_theme_belong_to_none():
    points, labels = groups()
    labels[:3] = UNTHEMED
    assert (measure_belonging([points], labels, np.arange(6))[:3] < LEAST).all()


def test_sparse_and_dense_rows_say_the_same():
    points, labels = groups()
    dense = measure_belonging([points], labels, np.arange(6))
    assert measure_belonging([sparse.csr_matrix(points)], labels, np.arange(6)) == pytest.approx(dense, abs=1e-4)


def test_a_theme_of_strangers_is_dropped_and_each_of_them_keeps_its_nearest_theme():
    points, labels = groups(n_strangers=0)
    rng = np.random.default_rng(3)
    points = np.vstack([points, normalize(rng.normal(size=(12, 24)))])
    fitted = ThemeClusterer(resolution=1.0).fit(points)
    fitted.labels_ = np.concatenate([labels, np.full(12, 6)])
    fitted.scores_ = np.ones(len(points))
    fitted.seed_labels_ = np.full(7, UNTHEMED)
    fitted.subject_labels_ = np.arange(7)
    tiers = settle_members(fitted, [points], points, np.zeros(len(points), dtype=bool))
    assert sorted(tiers.kept_themes.tolist()) == list(range(6))
    assert (fitted.labels_[240:] == UNTHEMED).all()
    assert ((tiers.nearest[240:] >= 0) & (tiers.nearest[240:] < 6)).all()
    assert not tiers.is_loose[240:].any()
    assert len(fitted.cluster_centers_) == len(fitted.subject_labels_) == 6


def test_what_counted_in_the_last_run_needs_somewhat_less():
    points, labels = groups()
    strengths = measure_belonging([points], labels, np.arange(6))
    fitted = [ThemeClusterer(resolution=1.0).fit(points) for _ in range(2)]
    counted = []
    for clusterer, known in zip(fitted, (False, True), strict=True):
        clusterer.labels_, clusterer.scores_ = labels.copy(), np.ones(len(labels))
        clusterer.seed_labels_, clusterer.subject_labels_ = np.full(6, UNTHEMED), np.arange(6)
        settle_members(clusterer, [points], points, np.full(len(points), known))
        counted.append(clusterer.labels_ != UNTHEMED)
    assert counted[1].sum() >= counted[0].sum()
    assert (counted[1] | ~counted[0]).all()
    assert strengths.size == len(points)

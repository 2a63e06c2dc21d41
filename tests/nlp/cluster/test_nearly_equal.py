from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.preprocessing import normalize

from nlp.cluster.nearly_equal import MAX_PAIRS, likeness_of_halves, nearly_equal_themes, theme_likeness


def themes_at(*centres: int, size: int = 20, noise: float = 1.0, seed: int = 0):
    """Return rows around axes of a space of 40 dimensions, and their labels; equal axes give equal themes."""
    rng = np.random.default_rng(seed)
    rows = [3 * np.eye(40)[axis] + noise * rng.normal(size=(size, 40)) for axis in centres]
    return normalize(np.vstack(rows)), np.repeat(np.arange(len(centres)), size)


def test_two_parts_of_one_theme_are_found_and_different_themes_are_not():
    vectors, labels = themes_at(0, 1, 2, 3, 4, 5, 3)
    assert [pair[:2] for pair in nearly_equal_themes(vectors, labels)] == [(3, 6)]


def test_likeness_is_one_for_samples_of_one_theme_whatever_their_size():
    few, many = themes_at(0, 0, size=6, seed=3), themes_at(0, 0, size=300, seed=4)
    assert theme_likeness(*few)[0, 1] == pytest.approx(1, abs=0.2)
    assert theme_likeness(*many)[0, 1] == pytest.approx(1, abs=0.02)
    assert theme_likeness(*themes_at(0, 1, size=300))[0, 1] == pytest.approx(0, abs=0.05)


def test_the_threshold_follows_the_width_of_the_corpus_s_own_themes():
    """The same two themes, which have a third in common, are nearly one only where all themes are that wide."""
    eye, rng = np.eye(40), np.random.default_rng(2)

    def corpus(*themes: tuple[tuple[int, int], ...]):
        rows = [eye[axis] + 0.7 * eye[common] for theme in themes for axis, common in theme for _ in range(10)]
        labels = [label for label, theme in enumerate(themes) for _ in range(10 * len(theme))]
        return normalize(np.array(rows) + 0.05 * rng.normal(size=(len(rows), 40))), np.array(labels)

    pair = (((8, 24), (9, 24)), ((9, 24), (10, 24)))
    wide = corpus(*(((2 * n, 20 + n), (2 * n + 1, 20 + n)) for n in range(4)), *pair)
    narrow = corpus(*(((n, 30 + n), (n, 30 + n)) for n in range(8)), *pair)
    assert likeness_of_halves(*wide) < 0.5 < likeness_of_halves(*narrow)
    assert [found[:2] for found in nearly_equal_themes(*wide)] == [(4, 5)]
    assert nearly_equal_themes(*narrow) == ()


def test_unthemed_rows_and_another_order_change_nothing_and_sparse_rows_give_the_same():
    vectors, labels = themes_at(0, 1, 2, 3, 4, 5, 3)
    found = nearly_equal_themes(vectors, labels)
    order = np.random.default_rng(1).permutation(len(labels))
    assert [pair[:2] for pair in nearly_equal_themes(vectors[order], labels[order])] == [pair[:2] for pair in found]
    more, more_labels = np.vstack([vectors, np.eye(40)[:5]]), np.append(labels, [-1] * 5)
    assert nearly_equal_themes(more, more_labels) == found
    assert nearly_equal_themes(sparse.csr_matrix(vectors), labels) == found


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        (np.zeros((0, 4)), np.zeros(0, dtype=int)),
        (np.eye(4), np.full(4, -1)),
        (np.ones((40, 1)), np.zeros(40, dtype=int)),
        (np.zeros((60, 3)), np.repeat(np.arange(6), 10)),
        themes_at(0, 0, 1, 1, 2, 2, size=7),
        themes_at(0, 0, 1, 2),
    ],
    ids=["nothing", "no theme", "one theme", "no words", "small themes", "too few themes"],
)
def test_where_the_corpus_says_nothing_no_pair_is_offered(vectors, labels):
    assert nearly_equal_themes(vectors, labels) == ()


def test_a_corpus_of_one_theme_many_times_gives_no_endless_list():
    vectors, labels = themes_at(*[0] * 12)
    assert len(nearly_equal_themes(vectors, labels)) == MAX_PAIRS

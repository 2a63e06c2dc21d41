from __future__ import annotations

import numpy as np

from nlp.cluster.graph import build_graph, edges_within, spread_labels

PAIRS = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [5, 6]])
WEIGHTS = np.array([1.0, 1.0, 0.2, 1.0, 1.0])


def test_edges_within_keep_their_weights_and_lose_those_across():
    pairs, weights = edges_within((PAIRS, WEIGHTS), np.array([0, 0, 0, 1, 1, 2, 3]))
    assert pairs.tolist() == [[0, 1], [1, 2], [3, 4]]
    assert weights.tolist() == [1.0, 1.0, 1.0]


def test_a_row_takes_the_label_of_most_of_the_weight_of_its_neighbours():
    """A path of five rows with a weak link between 2 and 3, and a pair that no path leads to."""
    given = np.array([0, -1, -1, -1, 4, -1, -1])
    assert spread_labels(build_graph(7, (PAIRS, WEIGHTS)), given).tolist() == [0, 0, 0, 4, 4, -1, -1]
    assert given[1] == -1


def test_rows_with_a_label_keep_it():
    given = np.array([0, 1, 0, 1, 0, 0, 1])
    assert spread_labels(build_graph(7, (PAIRS, WEIGHTS)), given).tolist() == given.tolist()

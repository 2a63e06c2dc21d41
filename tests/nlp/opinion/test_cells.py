from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from nlp.opinion.cells import cells_of, membership

NAN = np.nan
VOTES = np.array([[1, -1, 0, NAN], [NAN, 1, 1, NAN]])


def test_a_dense_and_a_sparse_matrix_give_the_same_cells():
    stored = sparse.csr_array(([1.0, -1.0, 0.0, 1.0, 1.0], [0, 1, 2, 1, 2], [0, 3, 5]), shape=(2, 4))
    for kind, other in zip(cells_of(VOTES).kinds, cells_of(stored).kinds, strict=True):
        assert kind.toarray().tolist() == other.toarray().tolist()


def test_counts_are_votes_by_group_idea_and_kind():
    counts = cells_of(VOTES).counts(membership(np.array([0, 1]), [0, 1]))
    assert counts.tolist() == [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]],
        [[0, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 0]],
    ]
    assert cells_of(VOTES).totals().tolist() == counts.sum(axis=0).tolist()


def test_a_vote_that_stands_there_twice_is_refused():
    twice = sparse.csr_array((np.array([1.0, -1.0]), np.array([0, 0]), np.array([0, 2])), shape=(1, 2))
    with pytest.raises(ValueError, match="two votes on one idea"):
        cells_of(twice)


def test_hidden_and_kept_votes_are_all_votes():
    cells = cells_of(VOTES)
    stay, hidden = cells.split(np.array([True, False, False, True, False]))
    assert stay.n_votes + hidden.n_votes == cells.n_votes == 5
    assert hidden.totals().sum(axis=0).tolist() == [1, 1, 0]


def test_people_enter_with_seven_votes_or_all_there_are():
    few = cells_of(np.array([[1.0, 0.0], [1.0, NAN]]))
    assert few.entering().tolist() == [True, False]
    many = np.full((2, 20), NAN)
    many[0, :7], many[1, :6] = 1, 1
    assert cells_of(many).entering().tolist() == [True, False]

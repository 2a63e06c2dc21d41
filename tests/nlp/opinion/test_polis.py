from __future__ import annotations

import numpy as np
from sklearn.decomposition import PCA

from nlp.opinion.cells import cells_of, membership
from nlp.opinion.polis import group_informed_consensus, polis_positions
from tests.nlp.opinion.planted import planted

NAN = np.nan


def test_group_informed_consensus_by_hand():
    """Group 0: 2 of 3 agree, (2 + 1) / (3 + 2); group 1: 0 of 1, (0 + 1) / (1 + 2). Nobody saw the second idea."""
    votes = np.array([[1.0, NAN], [1.0, NAN], [0.0, NAN], [-1.0, NAN]])
    counts = cells_of(votes).counts(membership(np.array([0, 0, 0, 1]), [0, 1]))
    assert group_informed_consensus(counts).tolist() == [3 / 5 * 1 / 3, 1 / 2 * 1 / 2]


def test_positions_are_those_of_the_filled_matrix():
    votes = planted(60, 12).votes
    filled = np.where(np.isnan(votes), np.nanmean(votes, axis=0), votes)
    components = PCA(2, svd_solver="full").fit_transform(filled)
    outward = np.sqrt(votes.shape[1] / (~np.isnan(votes)).sum(axis=1))
    found = polis_positions(cells_of(votes), 0)
    assert np.allclose(np.abs(found), np.abs(components * outward[:, None]), atol=1e-5)

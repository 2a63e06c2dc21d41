from __future__ import annotations

import numpy as np

from nlp.opinion.shares import STRENGTHS, everybodys_shares, group_shares, strength


def test_shares_that_never_differ_are_worth_most_and_that_always_differ_least():
    alike = np.array([[5, 5]] * 200)
    apart = np.array([[10, 0], [0, 10]] * 100)
    assert strength(alike, np.array([0.5, 0.5])) == STRENGTHS[-1]
    assert strength(apart, np.array([0.5, 0.5])) == STRENGTHS[0]


def test_shares_lie_between_the_votes_and_everybody():
    counts = np.array([[[9.0, 1.0]], [[0.0, 0.0]]])
    prior = np.array([[0.5, 0.5]])
    shares = group_shares(counts, prior)
    assert 0.5 < shares[0, 0, 0] < 0.9
    assert shares[1, 0].tolist() == [0.5, 0.5]


def test_an_idea_without_votes_has_the_share_of_all_ideas():
    shares = everybodys_shares(np.array([[8.0, 2.0], [0.0, 0.0], [2.0, 8.0]]))
    assert np.allclose(shares.sum(axis=1), 1)
    assert np.isclose(shares[1, 0], 0.5)

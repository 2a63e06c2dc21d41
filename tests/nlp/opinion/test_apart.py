from __future__ import annotations

import numpy as np

from nlp.opinion.apart import differences
from tests.nlp.opinion.planted import planted


def test_ideas_on_which_groups_differ_are_named_and_others_are_not():
    made = planted(300, 40, sizes=(0.6, 0.4), spread=2.0)
    rng = np.random.default_rng(5)
    made.votes[:, 20:] = rng.choice([1.0, -1.0], (300, 20), p=[0.6, 0.4])
    found = differences(made.votes, made.groups)
    named = {one.idea for one in found}
    assert len(named & set(range(20))) >= 12
    assert len(named & set(range(20, 40))) <= 2
    first = found[0]
    assert first.agrees_more == (first.share > first.others_share)
    assert first.votes == (~np.isnan(made.votes[made.groups == first.group, first.idea])).sum()


def test_groups_cut_out_of_noise_are_set_apart_by_next_to_nothing():
    """The cut is made by the first ideas' own votes; plain tests would name each of them."""
    rng = np.random.default_rng(2)
    votes = rng.choice([1.0, -1.0], (200, 30))
    labels = (votes[:, :5].sum(axis=1) > 0).astype(int)
    assert len(differences(votes, labels)) <= 3


def test_one_group_is_set_apart_by_nothing():
    assert differences(np.ones((20, 8)), np.zeros(20, dtype=int)) == ()
    assert differences(np.ones((4, 8)), np.array([0, 1, 0, 1])) == ()

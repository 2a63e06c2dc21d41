from __future__ import annotations

import numpy as np

from nlp.opinion.apart import differences
from nlp.opinion.groups import OpinionGroups
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
    """One idea at most, named from both sides: the first cut is made by five ideas, the second by all 30."""
    rng = np.random.default_rng(2)
    votes = rng.choice([1.0, -1.0], (200, 30))
    for labels in ((votes[:, :5].sum(axis=1) > 0).astype(int), OpinionGroups(n_groups=2).fit(votes).labels_):
        assert len(differences(votes, labels)) <= 2


def test_one_group_is_set_apart_by_nothing():
    assert differences(np.ones((20, 8)), np.zeros(20, dtype=int)) == ()
    assert differences(np.ones((4, 8)), np.array([0, 1, 0, 1])) == ()
    assert differences(np.ones((20, 1)), np.arange(20) % 2) == ()


def test_what_is_named_has_votes_enough_and_points_where_the_test_did():
    """Idea 0 is voted against the groups that the other votes make: whoever is put in group 1 by hand agrees less."""
    rng = np.random.default_rng(3)
    side = np.arange(200) % 2
    votes = np.where(rng.random((200, 20)) < 0.9, np.where(side == 1, 1.0, -1.0)[:, None], 0.0)
    labels = side.copy()
    labels[:60] = 1 - labels[:60]  # these vote like the other group, and only they voted on idea 0
    votes[60:, 0] = np.nan
    votes[:, 1] = np.nan
    votes[[0, 2, 4, 6], 1], votes[1::2, 1] = -1.0, 1.0
    found = differences(votes, labels)
    assert 2 in {one.idea for one in found}
    assert all(min(one.votes, one.others_votes) >= 5 for one in found)
    assert 0 not in {one.idea for one in found}

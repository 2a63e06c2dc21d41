from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import check_estimator

from nlp.opinion.cells import cells_of
from nlp.opinion.groups import OUTSIDE, OpinionGroups
from tests.nlp.opinion.planted import planted

NAN = np.nan
METHODS = ("forum", "polis")


@pytest.mark.parametrize("method", METHODS)
def test_it_keeps_scikit_learns_contract(method):
    # Only the sign of a vote counts, so three clouds of points in the plane are no three groups of voters.
    clouds = {"check_clustering": "needs distances, votes have signs"}
    check_estimator(OpinionGroups(method, n_groups=2), on_skip=None, expected_failed_checks=clouds)
    assert clone(OpinionGroups(method, 3, 7)).get_params() == {"method": method, "n_groups": 3, "random_state": 7}


def test_planted_groups_are_found_with_their_number():
    made = planted()
    found = OpinionGroups().fit(made.votes)
    assert found.n_groups_ == 3
    assert adjusted_rand_score(made.groups, found.labels_) > 0.85
    assert np.bincount(found.labels_).tolist() == sorted(np.bincount(found.labels_), reverse=True)


def test_five_identical_camps_are_five_groups():
    camps = np.where(np.eye(5).repeat(4, axis=1) > 0, 1.0, -1.0)
    found = OpinionGroups().fit(camps.repeat(12, axis=0))
    assert found.n_groups_ == 5
    assert adjusted_rand_score(np.arange(5).repeat(12), found.labels_) == 1.0


def test_votes_by_chance_are_one_group():
    rng = np.random.default_rng(1)
    votes = rng.choice([1.0, -1.0, 0.0], (90, 24), p=[0.6, 0.3, 0.1])
    assert OpinionGroups().fit(votes).n_groups_ == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("votes", "n_groups"),
    [
        ([[1.0] * 8], 1),
        ([[1.0] * 8, [-1.0] * 8], 1),
        (np.zeros((20, 8)), 1),
        (np.ones((20, 8)), 1),
        (np.array([[1.0, NAN, NAN, NAN, NAN, NAN, NAN, NAN]] * 20), 0),
        (np.array([[1.0]] * 5 + [[-1.0]] * 5), None),
        (np.array([[1.0] * 8 + [NAN], [-1.0] * 8 + [NAN]] * 10), None),
    ],
    ids=["one voter", "two voters", "all pass", "all agree", "nobody over 7", "one statement", "an idea nobody saw"],
)
def test_odd_votes_get_an_answer(method, votes, n_groups):
    found = OpinionGroups(method).fit(np.asarray(votes))
    assert found.n_groups_ == n_groups if n_groups is not None else found.n_groups_ in (1, 2)
    assert (found.labels_ == OUTSIDE).all() == (n_groups == 0)


@pytest.mark.parametrize("method", METHODS)
def test_nobody_is_an_answer(method):
    assert OpinionGroups(method).fit_cells(cells_of(np.zeros((0, 4)))).n_groups_ == 0


@pytest.mark.parametrize("method", METHODS)
def test_more_ideas_than_ten_thousand_are_no_trouble(method):
    rng = np.random.default_rng(0)
    votes = np.full((40, 10_001), NAN)
    side = np.arange(40) % 2
    for person in range(40):
        votes[person, rng.choice(10_001, 400, replace=False)] = 1.0
        votes[person, :60] = np.where(side[person], 1.0, -1.0)
    assert adjusted_rand_score(side, OpinionGroups(method, 2).fit(votes).labels_) == 1.0


def test_a_group_that_goes_on_keeps_its_number_and_a_new_one_gets_a_new_number():
    made = planted()
    last = np.array([4, 2, OUTSIDE])[made.groups]
    found = OpinionGroups(n_groups=3).fit(made.votes, last)
    for group, number in enumerate((4, 2, 5)):
        assert np.bincount(found.labels_[made.groups == group]).argmax() == number
    assert found.groups_.tolist() == [2, 4, 5]


def test_a_told_number_is_kept_to_and_the_same_votes_give_the_same_groups():
    votes = planted(120).votes
    first, second = (OpinionGroups(n_groups=2, random_state=3).fit(votes) for _ in range(2))
    assert first.n_groups_ == 2
    assert first.labels_.tolist() == second.labels_.tolist()


@pytest.mark.parametrize("change", [{"method": "other"}, {"n_groups": 0}])
def test_a_wrong_setting_is_refused(change):
    with pytest.raises(ValueError, match="must be"):
        OpinionGroups(**change).fit(np.ones((10, 3)))


def test_last_groups_of_other_people_are_refused():
    with pytest.raises(ValueError, match="one group per person"):
        OpinionGroups().fit(np.ones((10, 3)), [0, 1])

from __future__ import annotations

import numpy as np
import pytest

from nlp.opinion.cells import cells_of
from nlp.opinion.common_ground import common_ground, thirds
from nlp.opinion.factorisation import bridging_intercepts
from nlp.opinion.groups import OpinionGroups
from tests.nlp.opinion.planted import planted

NAN = np.nan


def sides(n=60):
    """Two sides that disagree on six ideas, and agree on the seventh; nobody saw the eighth."""
    side = np.arange(n) % 2
    votes = np.full((n, 8), NAN)
    votes[:, :6] = np.where(side[:, None] == np.arange(6) % 2, 1.0, -1.0)
    votes[:, 6] = 1.0
    return votes, side


def test_what_both_sides_agree_on_is_common_ground_and_what_one_side_wants_is_not():
    votes, side = sides()
    ground = common_ground(votes, side, n_draws=40)
    assert ground.score[6] > 85
    assert (ground.score[:6] < 15).all()
    assert np.nanargmax(ground.order_score) == 6
    assert (ground.low[:7] <= ground.score[:7]).all()
    assert (ground.score[:7] <= ground.high[:7]).all()


def test_an_idea_nobody_saw_has_no_score_and_the_published_product_of_halves():
    votes, side = sides()
    ground = common_ground(votes, side, n_draws=10)
    assert np.isnan([ground.score[7], ground.low[7], ground.order_score[7], ground.share[7]]).all()
    assert (ground.gic[7], ground.effective_votes[7]) == (0.25, 0)


@pytest.mark.parametrize(
    "votes", [np.zeros((0, 4)), np.array([[1.0, NAN, 0.0, -1.0]]), np.zeros((9, 4)), np.full((9, 8), NAN)]
)
def test_odd_votes_get_an_answer(votes):
    ground = common_ground(cells_of(votes), np.zeros(len(votes), dtype=int), n_draws=5)
    assert ground.score.shape == (votes.shape[1],)


def test_thirds_hold_a_third_of_the_weight():
    axis = np.array([5.0, 1, 4, 2, 3, 6])
    assert thirds(axis, np.ones(6)).tolist() == [2, 0, 1, 0, 1, 2]
    assert thirds(axis, np.array([1.0, 4, 1, 1, 4, 1])).tolist() == [2, 0, 2, 1, 1, 2]


def test_intervals_of_group_shares_hold_what_was_planted():
    """Nine tenths of them, over four invented peoples whose groups are plain to see."""
    held = []
    for seed in range(4):
        made = planted(240, 30, spread=2.0, seen=0.8, seed=seed)
        ground = common_ground(made.votes, made.groups, n_draws=100, random_state=seed)
        held.append((ground.group_low <= made.shares) & (made.shares <= ground.group_high))
    assert 0.85 <= np.mean(held) <= 0.95


def test_intervals_allow_for_people_in_a_wrong_group():
    """Groups as found, of peoples that are not plain to see: putting everybody into the nearest held .81 of shares."""
    held = []
    for seed in range(8):
        made = planted(240, 30, sizes=(0.6, 0.4), spread=0.9, seen=0.8, seed=seed)
        found = OpinionGroups(n_groups=2).fit(made.votes, made.groups).labels_
        ground = common_ground(made.votes, found, n_draws=60, random_state=seed)
        held.append((ground.group_low <= made.shares) & (made.shares <= ground.group_high))
    assert 0.86 <= np.mean(held) <= 0.94


def test_a_sure_probability_changes_nothing_and_an_even_one_changes_no_share():
    made = planted(90, 12)
    plain, sure = (common_ground(made.votes, made.groups, shown=p, n_draws=10) for p in (None, 1.0))
    even = common_ground(made.votes, made.groups, shown=np.full(12, 0.3), n_draws=10)
    assert np.allclose(plain.score, sure.score)
    assert np.allclose(plain.score, even.score, atol=1e-3)
    assert np.allclose(plain.effective_votes, even.effective_votes)


def test_labels_of_other_people_are_refused():
    with pytest.raises(ValueError, match="3 people have"):
        common_ground(np.ones((3, 2)), np.zeros(2))


def test_the_bridging_term_is_that_of_the_idea_both_sides_like():
    votes, _side = sides()
    terms = bridging_intercepts(cells_of(votes), np.random.default_rng(0))
    assert np.argmax(terms) == 6

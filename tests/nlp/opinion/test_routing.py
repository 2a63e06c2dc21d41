from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from nlp.opinion.routing import UNIFORM_SHARE, chances, gains, narrowing


@pytest.mark.parametrize(("agree", "votes"), [(0, 0), (3, 5), (30, 30), (1, 40)])
def test_the_narrowing_is_the_mean_over_both_answers(agree, votes):
    a, b = agree + 0.5, votes - agree + 0.5
    now, share = beta.var(a, b), a / (a + b)
    after = share * beta.var(a + 1, b) + (1 - share) * beta.var(a, b + 1)
    assert narrowing(agree, votes) == pytest.approx(np.sqrt(now) - np.sqrt(after))


def test_an_answer_tells_most_where_nobody_has_answered():
    told = narrowing([0, 1, 5, 20], [0, 2, 10, 40])
    assert (np.diff(told) < 0).all()


def test_of_two_ideas_seen_alike_the_undecided_one_tells_more_and_liking_makes_no_difference():
    even, liked, disliked = narrowing([10, 19, 1], [20, 20, 20])
    assert even > liked
    assert liked == pytest.approx(disliked)


def test_the_group_that_has_seen_an_idea_least_decides():
    seen_by_both = [[[10, 10, 0], [10, 10, 0]]]
    seen_by_one = [[[20, 18, 0], [1, 1, 0]]]
    counts = np.concatenate([seen_by_both, seen_by_one]).transpose(1, 0, 2).astype(float)
    both, one = gains(counts)
    assert one > both


def test_without_groups_all_ideas_tell_as_much():
    assert gains(np.zeros((0, 3, 3))).tolist() == [float(narrowing(0, 0))] * 3


def test_chances_add_up_to_one_and_none_is_below_its_equal_part():
    gain = narrowing(np.zeros(50), np.arange(50))
    shown = chances(gain)
    assert shown.sum() == pytest.approx(1)
    assert shown.min() >= UNIFORM_SHARE / 50
    assert (np.diff(shown) < 0).all()


def test_only_ratios_of_gains_count():
    gain = np.array([0.1, 0.02, 0.005])
    assert chances(gain) == pytest.approx(chances(gain * 1000))


def test_no_idea_has_no_chances_and_an_impossible_gain_is_refused():
    assert chances(np.zeros(0)).tolist() == []
    with pytest.raises(ValueError, match="above 0"):
        chances(np.array([0.1, 0.0]))
    with pytest.raises(ValueError, match="above 0"):
        chances(np.array([0.1, np.nan]))

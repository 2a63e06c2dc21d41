from __future__ import annotations

import numpy as np
import pytest

from nlp.opinion.routing import UNIFORM_SHARE, chances, gains, narrowing


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_narrowing_is_that_of_the_share_on_the_scale_of_its_root_s_arc_sine(share):
    rng = np.random.default_rng(0)

    def deviation(votes):
        drawn = rng.beta(share * votes + 0.5, (1 - share) * votes + 0.5, 2_000_000)
        return np.arcsin(np.sqrt(drawn)).std()

    assert narrowing(60) == pytest.approx(deviation(60) - deviation(61), rel=0.5)
    assert sum(narrowing(n) for n in range(40, 160)) == pytest.approx(deviation(40) - deviation(160), rel=0.03)


def test_an_answer_tells_most_where_nobody_has_answered():
    assert (np.diff(narrowing([0, 2, 10, 40])) < 0).all()


def test_how_an_idea_is_liked_makes_no_difference():
    agree = np.array([[20, 10, 1, 0]])
    counts = np.stack([agree, 20 - agree, np.zeros((1, 4))], axis=-1)
    assert len(set(gains(counts))) == 1


def test_the_group_that_has_seen_an_idea_least_decides():
    seen_by_both = [[[10, 10, 0], [10, 10, 0]]]
    seen_by_one = [[[20, 18, 0], [1, 1, 0]]]
    counts = np.concatenate([seen_by_both, seen_by_one]).transpose(1, 0, 2).astype(float)
    both, one = gains(counts)
    assert one > both


def test_without_groups_all_ideas_tell_as_much():
    assert gains(np.zeros((0, 3, 3))).tolist() == [float(narrowing(0))] * 3


def test_chances_add_up_to_one_and_none_is_below_its_equal_part():
    gain = narrowing(np.arange(50))
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

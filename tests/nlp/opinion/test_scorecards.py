from __future__ import annotations

import pytest

from nlp.opinion.scorecards import rank_tasks


def test_the_weighted_mean_decides_the_order():
    ranked = rank_tasks({"a": [[5, 1]], "b": [[1, 5]]}, [60, 40], seed="s")
    assert [(one.key, one.rank, one.mean) for one in ranked] == [("a", 1, 3.4), ("b", 2, 2.6)]


def test_figures_of_one_task_by_hand():
    [one] = rank_tasks({"a": [[1], [2], [4], [5]]}, [100], seed="s")
    assert (one.n, one.mean, one.median, one.spread) == (4, 3.0, 3.0, 2.5)
    assert one.distribution == ((1, 1, 0, 1, 1),)
    assert (one.low, one.high) == (1, 1)


def test_the_interval_is_wide_where_members_disagree_and_narrow_where_they_agree():
    sure = {"a": [[5]] * 8, "b": [[3]] * 8, "c": [[1]] * 8}
    assert [(one.low, one.high) for one in rank_tasks(sure, [1], seed="s")] == [(1, 1), (2, 2), (3, 3)]
    unsure = {"a": [[5], [1]] * 4, "b": [[5], [1]] * 4, "c": [[1]] * 8}
    assert [(one.low, one.high) for one in rank_tasks(unsure, [1], seed="s")][:2] == [(1, 2), (1, 2)]


def test_a_task_without_a_card_comes_last_and_has_no_figures():
    first, last = rank_tasks({"none": [], "a": [[1]]}, [1], seed="s")
    assert (first.key, last.key) == ("a", "none")
    assert (last.rank, last.n, last.mean, last.median, last.spread, last.low) == (2, 0, None, None, None, None)


def test_ties_are_settled_by_the_seed_and_not_by_the_order_of_the_input():
    cards = {"a": [[3]], "b": [[3]], "c": [[3]]}
    order = [one.key for one in rank_tasks(cards, [1], seed="one")]
    assert order == [one.key for one in rank_tasks(dict(reversed(cards.items())), [1], seed="one")]
    assert len({tuple(one.key for one in rank_tasks(cards, [1], seed=str(n))) for n in range(20)}) > 1


def test_the_same_input_gives_the_same_intervals():
    cards = {key: [[1 + (key * n) % 5] for n in range(1, 12)] for key in range(6)}
    assert rank_tasks(cards, [1], seed="s") == rank_tasks(cards, [1], seed="s")


@pytest.mark.parametrize(
    ("scores", "far"),
    [
        ([4, 4, 4, 4, 1], (4,)),
        ([4, 4, 4, 4, 3], ()),
        ([5, 1, 5, 1, 3], ()),
        ([5, 5, 1], ()),
    ],
)
def test_a_card_is_far_where_the_others_are_near_each_other(scores, far):
    [one] = rank_tasks({"a": [[score] for score in scores]}, [1], seed="s")
    assert one.far == far


@pytest.mark.parametrize(
    ("cards", "weights"),
    [({"a": [[6]]}, [1]), ({"a": [[0]]}, [1]), ({"a": [[1, 2]]}, [1]), ({"a": [[1]]}, [0]), ({"a": [[1]]}, [])],
)
def test_what_is_no_score_is_refused(cards, weights):
    with pytest.raises(ValueError, match=r"score|weights"):
        rank_tasks(cards, weights, seed="s")


def test_equal_means_of_32_cards_are_a_tie_whatever_the_order_of_the_cards():
    """A mean of 32 cards lies between two numbers of six digits: rounded to six, floating noise could break the tie."""
    rows = [[1 + n % 5, 1 + (n * 3) % 5, 5 - n % 4] for n in range(32)]
    for turn in range(8):
        ranked = rank_tasks({"a": rows, "b": rows[turn:] + rows[:turn]}, [37, 41, 22], seed="s")
        assert ranked[0].mean == ranked[1].mean
        assert [one.key for one in ranked] == [one.key for one in rank_tasks({"a": [[3]], "b": [[3]]}, [1], seed="s")]

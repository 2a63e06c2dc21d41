from __future__ import annotations

import numpy as np
import pytest

from nlp.opinion.badge import badges, floor_of

SIZES = np.array([200.0, 100.0])
LOW = np.ones((2, 1))  # redraws that make nothing wider


def votes(*agree_and_all, passes=0):
    """Votes of one idea, (n_groups, 1, 3)."""
    return np.array([[[agree, n - agree - passes, passes]] for agree, n in agree_and_all], dtype=float)


def given(counts, sizes=SIZES, low=None, had=None):
    found = badges(counts, sizes, np.ones((len(counts), 1)) if low is None else low, 1.0, had)
    return bool(found.badge[0]), found.cost_to_win[0], found.cost_to_lose[0]


def test_strong_agreement_in_both_groups_is_common_ground():
    badge, undo, lose = given(votes((180, 200), (85, 100)))
    assert badge
    assert min(undo, lose) >= floor_of(300) == 10


@pytest.mark.parametrize(
    ("counts", "sizes"),
    [
        (votes((180, 200), (55, 100)), SIZES),
        (votes((180, 200), (14, 14)), SIZES),
        (votes((180, 200), (66, 100)), SIZES),
        (votes((20, 20)), np.array([20.0])),
    ],
    ids=["one group disagrees", "too few votes", "a few people could have won it", "too few people"],
)
def test_no_badge(counts, sizes):
    badge, _win, lose = given(counts, sizes)
    assert not badge
    assert np.isnan(lose)


def test_a_small_group_has_no_say_of_its_own():
    assert given(votes((180, 200), (0, 29)), np.array([200.0, 29.0]))[0] is False  # one more person would give it a say
    assert given(votes((180, 200), (0, 15)), np.array([200.0, 15.0]))[0] is True


def test_a_badge_is_kept_down_to_57_per_cent():
    narrow = votes((180, 200), (67, 100))
    assert not given(narrow)[0]
    assert given(narrow, had=np.array([True]))[0]
    assert not given(votes((180, 200), (55, 100)), had=np.array([True]))[0]


def test_wider_redraws_take_the_badge_away():
    counts = votes((180, 200), (85, 100))
    assert given(counts)[0]
    assert not given(counts, low=np.array([[0.85], [0.5]]))[0]


def test_the_cost_to_win_is_what_it_takes():
    """With that many agreeing people in the group that lacks them the badge is there; with two thirds of them not."""
    counts = votes((180, 200), (60, 100))
    badge, cost, _lose = given(counts)
    assert not badge
    assert 10 < cost < 60
    more = int(np.ceil(cost * 1.15))
    assert given(votes((180, 200), (60 + more, 100 + more)), SIZES + np.array([0, more]))[0]
    fewer = int(cost) - 1
    assert not given(votes((180, 200), (60 + fewer, 100 + fewer)), SIZES + np.array([0, fewer]))[0]


def test_beside_other_ideas_a_cost_is_the_same_as_alone():
    """Each idea's cost is found on its own, though all are searched for at once."""
    ideas = [((29, 29), (8, 9)), ((27, 28), (15, 16)), ((23, 25), (9, 9)), ((180, 200), (60, 100))]
    alone = [given(votes(*idea))[1] for idea in ideas]
    together = badges(np.concatenate([votes(*idea) for idea in ideas], axis=1), SIZES, np.ones((2, 4)), 1.0)
    assert together.cost_to_win.tolist() == alone
    assert alone[0] >= 15 - 9  # the small group lacks six votes


def test_fewer_opponents_than_printed_do_not_take_a_badge_away():
    badge, _undo, lose = given(votes((180, 200), (85, 100)))
    assert badge
    fewer = int(lose) - 1
    kept = given(votes((180, 200), (85, 100 + fewer)), SIZES + np.array([0, fewer]), had=np.array([True]))
    assert kept[0]


def test_what_nobody_could_win_has_no_cost():
    assert np.isnan(given(votes((0, 20)), np.array([20.0]))[1])


def test_the_floor_is_ten_people_or_three_per_cent():
    assert [floor_of(n) for n in (20, 300, 1_000)] == [10, 10, 30]

from __future__ import annotations

import numpy as np

from forum.analysis.opinions.lens import AGE, OLDER, REGION, TWENTIES, UNDER_20, UNTOLD, age_gaps, shown_cells


def test_a_large_gap_is_named_with_the_age_group_that_differs_more():
    cells = {UNDER_20: (40, 36), TWENTIES: (40, 30), OLDER: (80, 20)}
    [gap] = age_gaps([(7, cells)])
    assert (gap.idea_id, gap.band, gap.young, gap.older) == (7, UNDER_20, (40, 36), (80, 20))
    assert round(gap.difference, 2) == 0.65


def test_the_largest_gap_comes_first_whichever_way_it_points():
    found = age_gaps([(1, {UNDER_20: (40, 30), OLDER: (80, 20)}), (2, {TWENTIES: (40, 2), OLDER: (80, 76)})])
    assert [(gap.idea_id, gap.band) for gap in found] == [(2, TWENTIES), (1, UNDER_20)]


def test_five_people_who_all_agree_are_no_finding():
    assert age_gaps([(1, {UNDER_20: (5, 5), OLDER: (40, 24)})]) == []
    assert age_gaps([(1, {UNDER_20: (30, 30), OLDER: (40, 40)})]) == []


def test_without_both_cells_nothing_is_compared():
    assert age_gaps([(1, {UNDER_20: (40, 36), TWENTIES: (40, 1)}), (2, {OLDER: (80, 20)}), (3, {})]) == []


def test_of_a_thousand_coins_next_to_none_is_named():
    rng = np.random.default_rng(3)
    cells = [
        (n, {UNDER_20: (30, int(rng.binomial(30, 0.6))), OLDER: (90, int(rng.binomial(90, 0.6)))}) for n in range(1000)
    ]
    assert len(age_gaps(cells)) <= 1


def test_nobody_who_keeps_the_age_to_themselves_costs_no_cell():
    cells = {UNDER_20: (8, 6), TWENTIES: (12, 6), OLDER: (90, 40), UNTOLD: (0, 0)}
    assert set(shown_cells({AGE: cells}, {})[AGE]) == {UNDER_20, TWENTIES, OLDER}


def test_one_who_keeps_it_to_themselves_cannot_be_told_by_subtraction():
    cells = {UNDER_20: (8, 6), TWENTIES: (12, 6), OLDER: (90, 40), UNTOLD: (1, 1)}
    assert set(shown_cells({AGE: cells}, {})[AGE]) == {TWENTIES, OLDER}


def test_a_small_cell_may_be_of_those_who_keep_it_to_themselves():
    cells = {UNDER_20: (8, 6), TWENTIES: (3, 1), OLDER: (90, 40), UNTOLD: (0, 0)}
    assert set(shown_cells({AGE: cells}, {})[AGE]) == {UNDER_20, OLDER}
    regions = {"11": (30, 20), "26": (4, 1), UNTOLD: (4, 0)}
    assert shown_cells({REGION: regions}, {}) == {}

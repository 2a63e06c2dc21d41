from __future__ import annotations

import numpy as np

from nlp.pipeline import analyse
from nlp.steady import steadied
from tests.nlp.test_pipeline import corpus

EAST, NORTH, BETWEEN = [1.0, 0.0], [0.0, 1.0], [0.8, 1.0]
VECTORS = np.array([EAST, EAST, EAST, NORTH, NORTH, NORTH, BETWEEN])
KEYS = [10, 11, 12, 20, 21, 22, 30]
LAST = {10: 0, 11: 0, 12: 0, 20: 1, 21: 1, 22: 1, 30: 0}


def test_an_idea_at_the_border_stays_where_it_stood():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    assert steadied(labels, VECTORS, KEYS, LAST).tolist() == [0, 0, 0, 1, 1, 1, 0]


def test_an_idea_that_is_clearly_of_the_other_theme_goes():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    assert steadied(labels, np.array([EAST] * 3 + [NORTH] * 4), KEYS, LAST).tolist() == labels.tolist()


def test_one_that_would_be_left_out_stays_if_it_is_near_enough():
    labels = np.array([0, 0, 0, 1, 1, 1, -1])
    assert steadied(labels, VECTORS, KEYS, LAST).tolist() == [0, 0, 0, 1, 1, 1, 0]
    assert steadied(labels, np.array([EAST] * 3 + [NORTH] * 4), KEYS, LAST).tolist() == labels.tolist()


def test_no_theme_is_emptied_by_loyalty():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    assert steadied(labels, VECTORS, KEYS, LAST, min_size=4).tolist() == labels.tolist()


def test_newcomers_and_first_runs_are_left_as_they_are():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    assert steadied(labels, VECTORS, KEYS, {}).tolist() == labels.tolist()
    assert steadied(labels, VECTORS, KEYS, {99: 3}).tolist() == labels.tolist()
    nothing = np.full(7, -1)
    assert steadied(nothing, VECTORS, KEYS, LAST).tolist() == nothing.tolist()


def test_a_run_told_of_itself_says_the_same():
    plain = analyse(corpus())
    last = {member.key: number for number, theme in enumerate(plain.themes) for member in theme.members}
    again = analyse(corpus(), previous=last)
    assert [[m.key for m in theme.members] for theme in again.themes] == [
        [m.key for m in theme.members] for theme in plain.themes
    ]
    assert again.unthemed == plain.unthemed

from __future__ import annotations

import numpy as np
import pytest

from nlp.evaluation.reliability import reliability, routing_scores


def test_each_bin_says_how_sure_the_suggestions_are_and_how_often_they_are_right():
    rows = reliability(np.array([0.6, 0.65, 0.99]), np.array([True, False, True]))
    assert rows == [
        {"from": 0.5, "to": 0.7, "n": 2, "says": 0.625, "right": 0.5},
        {"from": 0.95, "to": 1.0, "n": 1, "says": 0.99, "right": 1.0},
    ]


def test_a_share_of_one_is_in_the_last_bin_and_no_suggestion_has_no_bin():
    assert [row["to"] for row in reliability(np.array([1.0]), np.array([True]))] == [1.0]
    assert reliability(np.array([]), np.array([], dtype=bool)) == []


def test_first_and_first_three_are_counted():
    shares = np.array([[0.6, 0.2, 0.1, 0.1], [0.6, 0.1, 0.1, 0.2], [0.3, 0.4, 0.2, 0.1]])
    scores = routing_scores(shares, ["A", "B", "C", "D"], ["A", "C", "D"])
    assert scores["top1"] == pytest.approx(1 / 3, abs=1e-4)
    assert scores["top3"] == pytest.approx(1 / 3, abs=1e-4)
    assert scores["log_loss"] == pytest.approx(-np.log([0.6, 0.1, 0.1]).mean(), abs=1e-4)


def test_suggestions_of_a_rarely_wanted_code_have_a_table_of_their_own():
    shares = np.array([[0.8, 0.2]] * 20 + [[0.1, 0.9]])
    scores = routing_scores(shares, ["A", "B"], ["A"] * 20 + ["B"])
    assert [(row["n"], row["says"], row["right"]) for row in scores["rare_reliability"]] == [(1, 0.9, 1.0)]
    assert sum(row["n"] for row in scores["reliability"]) == 21

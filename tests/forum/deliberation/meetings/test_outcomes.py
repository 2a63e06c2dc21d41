from __future__ import annotations

import hashlib

import pytest

from forum.deliberation.meetings.models import Choice, MotionOutcome, MotionRule, TieRule
from forum.deliberation.meetings.outcomes import decide_approval, decide_yes_or_no

YES, NO, ABSTAIN = Choice.YES, Choice.NO, Choice.ABSTAIN


@pytest.mark.parametrize(
    ("rule", "tie_rule", "choices", "n_voters", "outcome"),
    [
        ("MAJORITY", "FAILS", [YES, YES, NO], 3, "PASSED"),
        ("MAJORITY", "FAILS", [YES, YES], 4, "FAILED"),  # half of those present is no majority
        ("MAJORITY", "FAILS", [YES, NO, ABSTAIN], 3, "FAILED"),
        ("MAJORITY", "AGAIN", [YES, NO, ABSTAIN], 3, "TIED"),
        ("MAJORITY", "AGAIN", [], 3, "FAILED"),  # nobody voted: nothing is equal
        ("MAJORITY", "AGAIN", [ABSTAIN], 3, "FAILED"),
        ("TWO_THIRDS", "FAILS", [YES, YES, NO], 3, "PASSED"),
        ("TWO_THIRDS", "FAILS", [YES, YES, YES, NO, NO], 5, "FAILED"),
        ("TWO_THIRDS", "FAILS", [YES, NO], 2, "FAILED"),
        ("TWO_THIRDS", "FAILS", [], 0, "FAILED"),
    ],
)
def test_what_a_yes_or_no_motion_decides(rule, tie_rule, choices, n_voters, outcome):
    decided = decide_yes_or_no(MotionRule(rule), TieRule(tie_rule), choices, n_voters)
    assert decided is MotionOutcome(outcome)


def choose(approvals, n_ballots, places, tie_rule="FAILS"):
    tasks = dict(enumerate(approvals, start=1))
    return decide_approval(tasks, {task: task for task in tasks}, n_ballots, places, TieRule(tie_rule), "seed")


def test_the_most_approved_tasks_are_chosen_in_their_order():
    assert choose([3, 5, 4], 5, 2).chosen == (2, 3)


def test_a_task_needs_more_than_half_of_the_ballots():
    assert choose([4, 2, 1], 4, 3).chosen == (1,)


def test_nothing_that_half_approve_fails():
    assert choose([1, 1], 2, 2).outcome is MotionOutcome.FAILED


def test_equal_tasks_that_all_find_a_place_are_no_tie():
    decided = choose([4, 4, 3], 5, 3, "AGAIN")
    assert decided.outcome is MotionOutcome.PASSED
    assert set(decided.chosen) == {1, 2, 3}


def test_a_tie_at_the_last_place_leaves_the_tied_out():
    decided = choose([5, 3, 3], 5, 2)
    assert (decided.outcome, decided.chosen, decided.tied) == (MotionOutcome.PASSED, (1,), decided.tied)
    assert set(decided.tied) == {2, 3}


def test_a_tie_of_all_leaves_nothing():
    assert choose([3, 3], 5, 1).outcome is MotionOutcome.FAILED


def test_a_tie_at_the_last_place_is_voted_on_again():
    decided = choose([5, 3, 3], 5, 2, "AGAIN")
    assert (decided.outcome, decided.chosen) == (MotionOutcome.TIED, (1,))


def test_a_tie_at_the_last_place_is_settled_by_the_seed():
    decided = choose([5, 3, 3], 5, 2, "SEED")
    first = min((2, 3), key=lambda task: hashlib.sha256(f"seed:{task}".encode()).hexdigest())
    assert (decided.outcome, decided.chosen) == (MotionOutcome.PASSED, (1, first))

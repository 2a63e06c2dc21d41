from __future__ import annotations

import pytest

from forum.deliberation.council.models import CouncilTerm, QuorumRule
from forum.deliberation.council.quorum import PresentSeat, quorum_of
from forum.people.accounts.models import CouncilSeat

CIVIL, GOVERNMENT = CouncilSeat.CIVIL, CouncilSeat.GOVERNMENT


def term(rule=QuorumRule.MAJORITY, both=True, online=True):
    return CouncilTerm(quorum=rule, needs_both_kinds=both, counts_online=online)


@pytest.mark.parametrize(
    ("rule", "n_seats", "needed"),
    [("MAJORITY", 4, 3), ("MAJORITY", 5, 3), ("HALF", 5, 3), ("HALF", 4, 2), ("TWO_THIRDS", 7, 5), ("HALF", 0, 1)],
)
def test_how_many_are_needed(rule, n_seats, needed):
    assert quorum_of(term(QuorumRule(rule)), [], n_seats).needed == needed


def test_enough_of_both_kinds_are_a_quorum():
    assert quorum_of(term(), [PresentSeat(CIVIL), PresentSeat(CIVIL), PresentSeat(GOVERNMENT)], 5).is_reached


def test_enough_of_one_kind_are_none():
    found = quorum_of(term(), [PresentSeat(CIVIL)] * 3, 5)
    assert not found.is_reached
    assert "정부" in found.why


def test_one_kind_is_enough_where_the_term_says_so():
    assert quorum_of(term(both=False), [PresentSeat(CIVIL)] * 3, 5).is_reached


def test_who_attends_by_video_counts_only_where_the_term_says_so():
    present = [PresentSeat(CIVIL, online=True), PresentSeat(CIVIL), PresentSeat(GOVERNMENT)]
    assert quorum_of(term(), present, 5).is_reached
    found = quorum_of(term(online=False), present, 5)
    assert (found.present, found.is_reached) == (2, False)

from __future__ import annotations

from random import Random

import pytest

from forum.core.intervals import newcombe, wilson
from forum.deliberation.joint.rooms_apart import (
    IdeaInRooms,
    RoomCount,
    Side,
    Sure,
    adjusted,
    compare_rooms,
    fisher,
    more_than_half,
)
from tests.benchmarks.rooms_apart import alike, coins, planted


def one_idea(*rooms: tuple[int, int, int]) -> IdeaInRooms:
    """What is said of one idea. `rooms`: agree, disagree, pass of each, numbered from 1."""
    [found] = compare_rooms({5: [RoomCount(number, *counts) for number, counts in enumerate(rooms, 1)]})
    return found


def test_what_each_room_by_itself_agrees_on_is_shared_very_surely():
    found = one_idea((14, 1, 0), (13, 0, 1), (15, 0, 0))
    assert (found.side, found.sure, found.differences) == (Side.AGREE, Sure.VERY, ())


def test_what_all_reject_is_shared_too():
    assert one_idea((0, 14, 1), (1, 13, 0)).side is Side.DISAGREE


def test_two_thirds_of_each_room_are_enough_if_all_together_are_clear():
    found = one_idea((8, 3, 0), (8, 3, 1), (9, 2, 1))
    assert (found.side, found.sure) == (Side.AGREE, Sure.FAIRLY)


def test_nine_rooms_of_ten_are_enough_but_not_eight():
    agree, torn = (9, 2, 0), (6, 5, 0)
    assert one_idea(*[agree] * 9, torn).side is Side.AGREE
    assert one_idea(*[agree] * 8, torn, torn).side is None


def test_nothing_is_shared_while_a_room_is_clearly_on_the_other_side():
    found = one_idea(*[(12, 1, 0)] * 9, (0, 13, 0))
    assert found.side is None
    assert [one.room.room_ids for one in found.differences] == [(10,)]


def test_a_room_that_sees_it_otherwise_is_named_with_how_sure_that_is():
    found = one_idea((14, 1, 0), (5, 9, 1), (4, 10, 1), (5, 10, 0))
    [only] = found.differences
    assert only.room.room_ids == (1,)
    assert (only.difference > 0, only.sure, found.sure) == (True, Sure.VERY, Sure.VERY)
    assert only.interval[0] > 0
    assert only.others_votes == 45


def test_of_two_rooms_one_is_named_since_the_other_says_the_same():
    assert len(one_idea((15, 0, 0), (1, 14, 0)).differences) == 1


def test_small_differences_are_chance():
    found = one_idea((8, 4, 0), (6, 6, 0), (7, 5, 0))
    assert (found.side, found.differences, found.sure) == (None, (), Sure.NOT)


def test_rooms_with_fewer_than_five_voters_are_put_together():
    found = one_idea((10, 1, 0), (3, 1, 0), (2, 1, 0), (9, 2, 0))
    assert [(one.room_ids, one.is_pool, one.votes) for one in found.shares] == [
        ((1,), False, 11),
        ((4,), False, 11),
        ((2, 3), True, 7),
    ]


def test_a_single_small_room_takes_another_with_it_and_no_sum_of_both_is_told():
    """The larger one is told on its own page: from the sum it would tell what the small one's people voted."""
    found = one_idea((10, 1, 0), (4, 0, 0), (8, 0, 0), (9, 0, 0))
    assert [one.room_ids for one in found.shares] == [(1,), (4,)]


@pytest.mark.parametrize("rooms", [[(4, 0, 0), (3, 1, 0)], [(12, 1, 0)], [(0, 0, 0), (0, 0, 0)], []])
def test_what_cannot_be_compared_is_left_out(rooms):
    assert compare_rooms({5: [RoomCount(number, *counts) for number, counts in enumerate(rooms)]}) == []


def test_what_is_shared_comes_first_then_what_differs():
    counts = {
        1: [RoomCount(1, 6, 6, 0), RoomCount(2, 7, 5, 0)],
        2: [RoomCount(1, 15, 0, 0), RoomCount(2, 1, 14, 0)],
        3: [RoomCount(1, 15, 0, 0), RoomCount(2, 14, 1, 0)],
    }
    assert [one.idea_id for one in compare_rooms(counts)] == [3, 2, 1]


def test_intervals_and_tests_are_those_of_their_sources():
    assert wilson(8, 10) == pytest.approx((0.49016, 0.94332), abs=1e-5)
    assert newcombe((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=1e-4)  # Newcombe 1998, table II
    assert adjusted([0.01, 0.02, 0.5, 0.04]) == pytest.approx([0.04, 0.04, 0.5, 0.05333], abs=1e-5)
    assert more_than_half(8, 10) == 56 / 1024
    assert fisher((3, 4), (1, 4)) == pytest.approx(2 * 17 / 70)  # Fisher's lady and her tea
    assert fisher((300, 300), (0, 1200)) == pytest.approx(0, abs=1e-200)


def test_false_alarms_are_as_rare_as_promised_and_what_is_planted_is_found():
    """Of made sessions with a fixed seed: larger numbers by `python -m tests.benchmarks.rooms_apart`."""
    assert alike(Random(20), 100, rooms=10, people=12, ideas=6)["of_sessions"] == 0.0
    assert coins(Random(20), 200, rooms=3, people=12, ideas=6)["of_sessions"] == 0.01
    assert planted(Random(20), 100, rooms=10, people=15, ideas=6) == {"named": 0.88, "others": 0.0638}

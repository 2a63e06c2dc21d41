from __future__ import annotations

import hashlib
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.opinion.slate import slate
from nlp.opinion.slate_gaps import NO_GROUP, approval_shares
from nlp.opinion.slate_result import Claim, SlateStanding
from nlp.opinion.slate_rules import Ballots, choose, choose_fast, seed_order
from nlp.opinion.verify_slate import faults

NAN = np.nan


def votes(*rows: str) -> np.ndarray:
    """One row for each person: 1 approved, 0 rejected, ? not seen."""
    return np.array([[{"1": 1.0, "0": -1.0, "?": NAN}[letter] for letter in row] for row in rows])


def payments(one) -> list[list]:
    return [item["payments"] for item in one.proof()["items"]]


def parts(one) -> list[str]:
    return [choice.part.value for choice in one.choices]


def profiles():
    """Up to seven people and five ideas, with gaps or without."""
    letters = st.sampled_from("0011?") | st.sampled_from("01")
    sizes = st.tuples(st.integers(1, 7), st.integers(1, 5))
    return sizes.flatmap(
        lambda size: st.lists(
            st.lists(letters, min_size=size[1], max_size=size[1]).map("".join), min_size=size[0], max_size=size[0]
        )
    )


# == Worked by hand


def test_a_third_of_the_people_gets_a_third_of_the_places():
    # Each of six people has 3/6. Four pay 1/4 each for an idea, twice; two pay 1/2 each. Approvals alone: 0, 1, 2.
    one = slate(votes("1110", "1110", "1110", "1110", "0001", "0001"), 3)
    assert 3 in one.ideas
    assert parts(one) == ["equal shares"] * 3
    assert payments(one) == [[[4, "1/2", "1/4"]], [[4, "1/4", "1/4"]], [[2, "1/2", "1/2"]]]
    assert (one.worst_served, one.worst_by_approvals) == (1, 0)
    left_out = ({0, 1, 2} - set(one.ideas)).pop()
    assert one.strongest == Claim(left_out, level=1, missing=2)  # two with none of the slate, who would be a third


def test_who_has_too_little_pays_all_and_the_others_pay_alike():
    # Each of four has 3/4. Idea 0 costs 1/3 each. For idea 1 the third person has 5/12 left, so the fourth pays 7/12.
    one = slate(votes("101", "101", "110", "010"), 3)
    assert one.ideas == (0, 1, 2)
    assert payments(one) == [[[3, "3/4", "1/3"]], [[1, "5/12", "5/12"], [1, "3/4", "7/12"]], [[2, "5/12", "1/2"]]]


def test_what_nobody_can_pay_goes_by_the_lowest_load():
    # Each of three has 2/3. Idea 1 is paid by two, 1/2 each. Then nobody has 1: the loads would be 1 - 2/3, or 1 - 1/6.
    one = slate(votes("100", "010", "011"), 2)
    assert one.ideas == (1, 0)
    assert parts(one) == ["equal shares", "completion"]
    assert one.choices[1].price == Fraction(1, 3)
    assert payments(one)[1] == [[1, "2/3", "1"]]


def test_equal_loads_go_to_the_idea_with_more_approvals():
    # Idea 1 leaves 1/6 to two people. Ideas 0 and 3: 1 - 2/3 = 1/3. Idea 2: (1 - 2/6) / 2 = 1/3, and two approve it.
    for seed in range(5):
        assert slate(votes("1001", "0110", "0110"), 3, seed=seed).ideas[:2] in {(1, 2), (2, 1)}


def test_a_tie_is_settled_by_the_seed_as_an_outsider_can_tell():
    keys = ["가", "나", "다"]
    for seed in ("2026-11-30", 7):
        first = min(keys, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).hexdigest())
        one = slate(votes("111", "111"), 1, seed=seed, keys=keys)
        assert [one.keys[idea] for idea in one.ideas] == [first]


def test_the_strongest_claim_says_how_many_people_are_missing():
    # Five of ten people would be owed idea 2, if they approved it and neither of the others. Two do.
    assert slate(votes(*["110"] * 7, *["001"] * 2, "000"), 2).strongest == Claim(idea=2, level=1, missing=3)


def test_five_camps_of_one_size_get_a_place_each():
    camps = ["".join("1" if idea // 3 == camp else "0" for idea in range(15)) for camp in range(5)]
    one = slate(votes(*camps * 10), 5)
    assert sorted(idea // 3 for idea in one.ideas) == [0, 1, 2, 3, 4]
    assert one.worst_served == 1


# == In general


@settings(max_examples=60, deadline=None)
@given(profiles(), st.integers(1, 5), st.integers(0, 3))
def test_no_group_is_owed_an_idea_and_the_proof_is_right(rows, size, seed):
    one = slate(votes(*rows), size, seed=seed, draws=1)
    assert not list(faults(one.proof()))
    likes = [{idea for idea, letter in enumerate(row) if letter == "1"} for row in rows if set(row) != {"?"}]
    for idea in set(range(len(rows[0]))) - set(one.ideas):
        supporters = [liked for liked in likes if idea in liked]
        for group in (group for n in range(1, len(supporters) + 1) for group in combinations(supporters, n)):
            served = max(len(liked & set(one.ideas)) for liked in group)
            assert served >= len(group) * size // len(likes), (
                "a group as large as so many places has no member with so many"
            )


def test_floats_alone_choose_the_same():
    for seed in range(20):
        random = np.random.default_rng(seed)
        approves = random.random((60, 15)) < random.uniform(0.05, 0.7, 15)
        places = seed_order(seed, range(15))
        exact = choose(Ballots(approves, np.ones(60, dtype=int)), 6, places)
        assert choose_fast(approves.astype(float), 6, places) == tuple(choice.idea for choice in exact)


def test_equal_ballots_are_one_line_of_the_proof():
    proof = slate(votes("10", "01", "10"), 1).proof()
    assert proof["ballots"] == [["01", 1], ["10", 2]]
    assert proof["people"] == 3


def test_the_order_of_the_people_changes_nothing():
    table = np.random.default_rng(0).choice([1.0, 0.0, -1.0], (30, 8))
    assert slate(table, 3).proof() == slate(table[::-1], 3).proof()


# == Gaps


def test_gaps_say_in_how_many_draws_the_slate_holds():
    # Four of twelve people are owed one of three places. One approves idea 3, and three of the same group have not seen
    # it. All approvals are 9 of 45, so the idea's own share counts as (1 + 1/5) / (9 + 1) = .12, and the share in the
    # group as (1 + .12) / (1 + 1) = .56. The slate fails if all three approve.
    table = votes(*["1000"] * 4, *["0100"] * 2, *["0010"] * 2, "0001", *["000?"] * 3)
    one = slate(table, 3, groups=np.array([0] * 8 + [1] * 4), draws=400)
    assert (set(one.ideas), one.standing, one.seen, one.is_fair) == (
        {0, 1, 2},
        SlateStanding.GAPS,
        Fraction(45, 48),
        True,
    )
    assert one.draws.fair / 400 == pytest.approx(1 - 0.56**3, abs=0.06)
    assert one.draws.same <= min(one.draws.kept) < 400
    assert slate(table, 3, draws=100).draws.fair >= 95  # by the idea's own share it holds nearly always


def test_the_draws_are_those_of_the_seed():
    table = votes("110?", "0110", "1?01", "0011", "1100")
    assert slate(table, 2, seed=4, draws=20).proof() == slate(table, 2, seed=4, draws=20).proof()


def test_shares_of_the_own_group_fill_the_gaps():
    table = votes(*["101"] * 6, *["?01"] * 4, *["010"] * 6, *["?10"] * 4)
    shares = approval_shares(table, np.array([0] * 10 + [1] * 9 + [NO_GROUP]))[:, 0]
    assert shares[6] == pytest.approx((6 + 0.5) / 7, abs=0.01)  # six of six, and one person with the idea's own share
    assert shares[16] == pytest.approx((0 + 0.5) / 7, abs=0.01)
    assert shares[19] == pytest.approx(0.5, abs=0.01)


def test_below_seven_in_ten_seen_no_fair_slate_can_be_told():
    one = slate(votes("1??", "1?0", "011"), 1)
    assert (one.seen, one.standing, one.draws) == (Fraction(6, 9), SlateStanding.UNTOLD, None)
    assert one.ideas == (0,)
    assert one.proof()["standing"] == "untold"


def test_people_who_saw_nothing_do_not_count():
    one = slate(votes("10", "??", "01"), 1)
    assert (one.ballots.n_people, one.standing) == (2, SlateStanding.COMPLETE)


# == Odd input


@pytest.mark.parametrize(
    ("table", "size", "ideas"),
    [
        (np.empty((0, 4)), 2, ()),
        (np.empty((4, 0)), 2, ()),
        (np.full((4, 3), NAN), 2, ()),
        (votes("000", "000"), 2, ()),
        (votes("010"), 2, (1,)),
        (votes("1", "1"), 5, (0,)),
        (votes("?1", "?1", "?0"), 2, (1,)),
    ],
    ids=["nobody", "no idea", "nothing seen", "no approval", "one voter", "more places than ideas", "an unseen idea"],
)
def test_odd_tables_get_a_sensible_answer(table, size, ideas):
    one = slate(table, size, draws=5)
    assert one.ideas == ideas
    assert one.is_fair
    assert not list(faults(one.proof()))


def test_when_everybody_approves_everything_the_seed_decides():
    one = slate(np.ones((5, 4)), 2, seed=1)
    assert len(one.ideas) == 2
    assert one.worst_served == 2
    assert {slate(np.ones((5, 4)), 2, seed=seed).ideas for seed in range(20)} > {one.ideas}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 0}, "at least one place"),
        ({"size": -1}, "at least one place"),
        ({"votes": [[1, 2]]}, r"person 0 has 2\.0 for idea 1"),
        ({"votes": [[0.5, 1]]}, r"person 0 has 0\.5 for idea 0"),
        ({"votes": [[np.inf, 1]]}, "person 0 has inf"),
        ({"votes": [1, 0]}, "table of people and ideas"),
        ({"keys": ["a"]}, "2 ideas have 1 keys"),
        ({"keys": ["1", 1]}, "the same key"),
        ({"groups": [0]}, "2 people need 2 group labels"),
        ({"draws": -1}, "filled -1 times"),
    ],
)
def test_wrong_input_is_refused_in_words(arguments, words):
    given = {"votes": [[1, 0], [0, 1]], "size": 1} | arguments
    with pytest.raises(ValueError, match=words):
        slate(given.pop("votes"), given.pop("size"), **given)

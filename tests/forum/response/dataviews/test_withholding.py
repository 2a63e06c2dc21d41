from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.response.dataviews.withholding import DOMINANT_SHARE, withheld_groups


def lines(groups):
    """The groups as the child counts them: name -> parts of the sum."""
    return [
        (name, len(parts), sum(parts), sum(map(abs, parts)), max(map(abs, parts))) for name, parts in groups.items()
    ]


@pytest.mark.parametrize(
    ("groups", "shown"),
    [
        ({"가": [1] * 6, "나": [2] * 9}, ["가", "나"]),
        ({"가": [6, 1, 1, 1, 1, 1], "나": [2] * 9, "다": [2] * 8}, ["나"]),  # one row is most of 가; 다 goes with it
        ({"가": [1], "나": [1, 1], "다": [3] * 7, "라": [3] * 8}, ["라"]),  # 가 and 나 are three rows together
        ({"가": [1] * 3, "나": [1] * 10, "다": [99] + [1] * 11}, []),  # 나 hides the count of 가, its size that of 다
        ({"가": [50, -50, 1, 1, 1, 1], "나": [2] * 9}, ["가", "나"]),
    ],
    ids=["large", "dominated", "few-together", "both-rules", "signs"],
)
def test_which_sums_are_shown(groups, shown):
    found, n_hidden = withheld_groups(lines(groups), 5)
    assert [line[0] for line in found] == shown
    assert n_hidden == len(groups) - len(shown)


def test_more_rows_may_be_asked_of_a_group():
    groups = {"가": [1] * 6, "나": [2] * 9, "다": [2] * 30, "라": [1] * 40}
    assert [line[0] for line in withheld_groups(lines(groups), 10)[0]] == ["다", "라"]


@settings(deadline=None, max_examples=150, database=None)
@given(
    st.dictionaries(
        st.sampled_from("가나다라마바"), st.lists(st.integers(-99, 99), min_size=1, max_size=14), min_size=2
    ),
    st.sampled_from([5, 8]),
)
def test_what_is_hidden_never_tells_of_few_rows_or_of_one(groups, fewest):
    shown = {line[0] for line in withheld_groups(lines(groups), fewest)[0]}
    for name in shown:
        assert len(groups[name]) >= fewest
    hidden = [abs(part) for name, parts in groups.items() if name not in shown for part in parts]
    if shown and hidden:
        assert len(hidden) >= fewest
        assert max(hidden) <= DOMINANT_SHARE * sum(hidden)

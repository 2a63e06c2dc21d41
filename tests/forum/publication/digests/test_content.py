from __future__ import annotations

import pytest

from forum.publication.digests.content import Cell, hide_small


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"가": (9, 9), "나": (7, 5)}, {"가": 9, "나": 7}),
        ({"가": (9, 9), "나": (7, 7), "다": (3, 4)}, {"가": 9, "나": None, "다": None}),
        ({"가": (9, 4), "나": (7, 1), "다": (8, 8)}, {"가": None, "나": None, "다": 8}),
        ({"가": (3, 1)}, {"가": None}),
        ({}, {}),
    ],
    ids=["all-large", "one-small-hides-a-second", "two-small", "alone", "none"],
)
def test_small_cells_are_hidden_and_never_given_away_by_the_total(counts, shown):
    assert hide_small(counts) == tuple(Cell(name, ideas) for name, ideas in shown.items())

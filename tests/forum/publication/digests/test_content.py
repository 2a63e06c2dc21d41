from __future__ import annotations

import pytest

from forum.publication.digests.content import Cell, hide_small
from tests.forum.publication.digests.contents import example_content


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


def test_content_without_texts_still_says_which_ideas_it_counts_and_where_they_are():
    whole = example_content()
    bare = whole.without_texts()
    assert [(one.id, one.url) for one in bare.ideas] == [(one.id, one.url) for one in whole.ideas]
    assert [[one.id for one in theme.ideas] for theme in bare.themes] == [
        [one.id for one in theme.ideas] for theme in whole.themes
    ]
    assert {(one.body, one.ground) for one in bare.ideas} == {("", None)}
    stated = bare.without_ideas()
    assert (stated.ideas, stated.themes, stated.counts) == ((), (), whole.counts)

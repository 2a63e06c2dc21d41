from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells, rounded_total


def cells(*people: int) -> dict[int, int]:
    return dict(enumerate(people))


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ((9, 5), set()),
        ((9, 7, 4), {1, 2}),
        ((9, 9, 4), {0, 1, 2}),
        ((4, 1, 8), {0, 1}),
        ((4, 4, 8, 20), {0, 1, 2}),
        ((0, 0, 30), {0, 1}),
        ((0, 30, 40), {0, 1}),
        ((1,), {0}),
        ((), set()),
    ],
    ids=["large", "one-hides-the-next", "and-its-equals", "two", "all-of-four", "empty", "one-empty", "alone", "none"],
)
def test_which_cells_are_hidden(people, hidden):
    assert hidden_cells(cells(*people)) == hidden


def tables_that_look_alike(table: dict[int, int], hidden: frozenset[int]) -> list[tuple[int, ...]]:
    """Return what the hidden cells may hold, for a reader who knows the shown cells, the exact total and the rule."""
    total, keys = sum(table[key] for key in hidden), sorted(hidden)
    found = []
    for values in product(range(total + 1), repeat=len(keys) - 1):
        last = total - sum(values)
        if last >= 0:
            guess = table | dict(zip(keys, (*values, last), strict=True))
            if hidden_cells(guess) == hidden:
                found.append((*values, last))
    return found


@settings(deadline=None, max_examples=60, database=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=4), st.integers(MIN_PEOPLE_PER_CELL, 40))
def test_no_hidden_cell_of_few_people_can_be_worked_out(people, large):
    table = cells(*people, large)
    hidden = hidden_cells(table)
    assert all(n >= MIN_PEOPLE_PER_CELL for key, n in table.items() if key not in hidden)
    if hidden and len(hidden) < len(table):
        for values in zip(*tables_that_look_alike(table, hidden), strict=True):
            assert len(set(values)) > 1 or values[0] not in range(1, MIN_PEOPLE_PER_CELL)


def test_a_total_is_rounded_down():
    assert [rounded_total(n) for n in (9, 20, 29)] == [0, 20, 20]

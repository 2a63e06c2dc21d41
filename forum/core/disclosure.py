"""Hide small cells of a table of people, so that nobody is recognised in it: not by subtraction either.

Primary suppression hides cells of fewer than MIN_PEOPLE_PER_CELL people. Complementary (secondary) suppression hides
more of them where the total would give a hidden one away. These are the usual terms of statistical disclosure control;
the rule below is ours, for tables of one dimension, and a property test takes the view of a reader who knows it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

MIN_PEOPLE_PER_CELL = 5
TOTAL_STEP = 10


def hidden_cells(people: Mapping[Key, int], fewest: int = MIN_PEOPLE_PER_CELL) -> frozenset[Key]:
    """Return the cells that must not be shown, even to somebody who knows this rule and the table's exact total.

    Small cells are hidden, empty ones with them: an empty cell and one with four people then look alike. Their sum
    tells each of them if there is only one, or if all have the largest small value. Then the smallest of the others is
    hidden too, with all that equal it: without these, the order of the cells would tell which of two it is.

    :param fewest: people that a shown cell has at least
    """
    hidden = {key for key, n in people.items() if n < fewest}
    if not hidden:
        return frozenset()
    largest = fewest - 1
    given_away = len(hidden) == 1 or all(people[key] == largest for key in hidden)
    rest = [n for key, n in people.items() if key not in hidden]
    if given_away and rest:
        hidden |= {key for key, n in people.items() if n == min(rest)}
    return frozenset(hidden)


def rounded_total(n: int) -> int:
    """Return a total rounded down to tens, so that it helps nobody to subtract."""
    return n - n % TOTAL_STEP

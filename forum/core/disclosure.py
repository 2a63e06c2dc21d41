"""Hide small cells of a table of people, so that nobody is recognised in it: not by subtraction either.

Primary suppression hides cells of fewer than MIN_PEOPLE_PER_CELL people. Complementary (secondary) suppression hides
more of them where the total would give a hidden one away. These are the usual terms of statistical disclosure control;
the rule below is ours, for tables of one dimension, and a property test takes the view of a reader who knows it.

Sums follow the (n, k) dominance rule with n = 1 too: A. Hundepool et al., Statistical Disclosure Control, Wiley 2012,
section 4.2, which statistical offices use for tables of magnitudes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Contributions:
    """What makes up the sum of one cell.

    n : how many parts
    sizes : sum of the parts without their signs
    largest : the largest of these
    """

    n: int
    sizes: float
    largest: float

    def is_dominated(self, share: float) -> bool:
        """Return whether one part makes up more than this share, so that the sum tells of it."""
        return not math.isfinite(self.sizes) or self.largest > share * self.sizes


def hidden_sums(cells: Mapping[Key, Contributions], share: float, fewest: int = MIN_PEOPLE_PER_CELL) -> frozenset[Key]:
    """Return the cells whose sums must not be shown: of few parts, or dominated by one, and what gives them away.

    The hidden cells together must have enough parts, none of which dominates: somebody who knows the sum of the whole
    table, from another column, learns the sum of all hidden cells.

    :param share: more than this of a sum is too much for one part
    :param fewest: parts that a shown cell has at least
    """
    hidden = hidden_cells({key: cell.n for key, cell in cells.items()}, fewest)
    hidden |= hidden_cells({key: 0 if cell.is_dominated(share) else cell.n for key, cell in cells.items()}, fewest)
    while hidden and len(hidden) < len(cells) and _tell_of_few([cells[key] for key in hidden], share, fewest):
        smallest = min(cell.n for key, cell in cells.items() if key not in hidden)
        hidden |= {key for key, cell in cells.items() if cell.n == smallest}
    return hidden


def _tell_of_few(hidden: Collection[Contributions], share: float, fewest: int) -> bool:
    sizes, largest = sum(cell.sizes for cell in hidden), max(cell.largest for cell in hidden)
    together = Contributions(sum(cell.n for cell in hidden), sizes, largest)
    return together.n < fewest or together.is_dominated(share)


def rounded_total(n: int) -> int:
    """Return a total rounded down to tens, so that it helps nobody to subtract."""
    return n - n % TOTAL_STEP

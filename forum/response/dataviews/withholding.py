"""Which groups of a table may be shown whose rows are not open: none of few rows, and none that tells of them.

A count is hidden as `core.disclosure` says. A sum is hidden too where one row makes up most of it (the dominance rule
of statistical disclosure control). The groups that are hidden must together have enough rows: somebody who knows the
sum of the whole table, from another column, learns the sum of all hidden rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forum.core.disclosure import hidden_cells

DOMINANT_SHARE = 0.5


@dataclass(frozen=True)
class _Counted:
    """A group as the table has it; `sizes` is the sum of all parts without their signs, `largest` the largest part."""

    n: int
    sizes: float
    largest: float

    @property
    def is_dominated(self) -> bool:
        return not math.isfinite(self.sizes) or self.largest > DOMINANT_SHARE * self.sizes


def withheld_groups(lines: Sequence[Sequence[Any]], min_cell: int) -> tuple[list[Sequence[Any]], int]:
    """Return the groups that may be shown, in the order they came, and how many are hidden.

    :param lines: of all groups the label, number of rows, sum, sum of sizes and largest size
    """
    counted = [_Counted(n, sizes or 0.0, largest or 0.0) for _label, n, _total, sizes, largest in lines]
    has_sums = any(total is not None for _label, _n, total, _sizes, _largest in lines)
    hidden = _hidden(dict(enumerate(counted)), min_cell, has_sums)
    return [line for place, line in enumerate(lines) if place not in hidden], len(hidden)


def _hidden(groups: dict[int, _Counted], min_cell: int, has_sums: bool) -> frozenset[int]:
    hidden = hidden_cells({place: group.n for place, group in groups.items()}, min_cell)
    if not has_sums:
        return hidden
    hidden |= hidden_cells({place: 0 if group.is_dominated else group.n for place, group in groups.items()}, min_cell)
    while hidden and len(hidden) < len(groups) and _tells_of_few([groups[place] for place in hidden], min_cell):
        fewest = min(group.n for place, group in groups.items() if place not in hidden)
        hidden |= {place for place, group in groups.items() if group.n == fewest}
    return hidden


def _tells_of_few(hidden: Sequence[_Counted], min_cell: int) -> bool:
    sizes, largest = sum(group.sizes for group in hidden), max(group.largest for group in hidden)
    together = _Counted(sum(group.n for group in hidden), sizes, largest)
    return together.n < min_cell or together.is_dominated

"""Which groups of a table may be shown whose rows are not open: none of few rows, and none that tells of them.

A count is hidden as `core.disclosure` says. A sum is hidden too where one row makes up most of it (the dominance rule
of statistical disclosure control). The groups that are hidden must together have enough rows: somebody who knows the
sum of the whole table, from another column, learns the sum of all hidden rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forum.core.disclosure import Contributions, hidden_cells, hidden_sums

DOMINANT_SHARE = 0.5


def withheld_groups(lines: Sequence[Sequence[Any]], min_cell: int) -> tuple[list[Sequence[Any]], int]:
    """Return the groups that may be shown, in the order they came, and how many are hidden.

    :param lines: of all groups the label, number of rows, sum, sum of sizes and largest size
    """
    counted = {
        place: Contributions(n, sizes or 0.0, largest or 0.0)
        for place, (_label, n, _total, sizes, largest) in enumerate(lines)
    }
    if any(total is not None for _label, _n, total, _sizes, _largest in lines):
        hidden = hidden_sums(counted, DOMINANT_SHARE, min_cell)
    else:
        hidden = hidden_cells({place: group.n for place, group in counted.items()}, min_cell)
    return [line for place, line in enumerate(lines) if place not in hidden], len(hidden)

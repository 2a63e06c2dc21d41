"""Future-generation lens: how people of an age group or region vote on an idea, without telling about a few of them.

A cell under five people is hidden, and so is one that the others would give away by subtraction
(`forum.core.disclosure`). Two snapshots must not tell by subtraction either how one person voted who came between
them: a cell keeps its older figures until five votes or more have come or gone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells
from forum.core.i18n import _l

AGE, REGION = "AGE", "REGION"
UNDER_20, TWENTIES, OLDER = "0", "20", "30"
AGE_BANDS = {UNDER_20: _l("20살 아래"), TWENTIES: _l("20대"), OLDER: _l("30살부터")}
UNTOLD = ""
Cells = Mapping[str, tuple[int, int]]
"""Code -> votes and, of these, agreeing ones."""
FALSE_DISCOVERIES = 0.05  # share of the differences named that may be none
Lens = dict[str, dict[str, list[int]]]
"""Dimension -> code -> [votes, agreeing votes], as it is stored and shown."""


def age_band(birth_year: int | None, year: int) -> str:
    """Return the code of somebody's age group at the end of `year`; `UNTOLD` where the year of birth is unknown."""
    if birth_year is None:
        return UNTOLD
    age = year - birth_year
    return UNDER_20 if age < 20 else TWENTIES if age < 30 else OLDER


def shown_cells(counted: Mapping[str, Cells], before: Lens) -> Lens:
    """Return what may be shown of an idea.

    :param counted: by dimension, the cells of all codes; `UNTOLD` is one of them, never shown but counted
    :param before: what the last snapshot shows
    """
    lens: Lens = {}
    for dimension, cells in counted.items():
        old = before.get(dimension, {})
        now = {code: _carried(cell, old.get(code)) for code, cell in cells.items()}
        # Where all others may be shown, that nobody kept it to themselves tells of nobody, and must not cost a cell.
        if not now.get(UNTOLD, (1, 0))[0] and all(
            n >= MIN_PEOPLE_PER_CELL for c, (n, _a) in now.items() if c != UNTOLD
        ):
            del now[UNTOLD]
        hidden = hidden_cells({code: votes for code, (votes, _agree) in now.items()})
        shown = {code: list(cell) for code, cell in now.items() if code not in hidden and code != UNTOLD}
        if shown:
            lens[dimension] = shown
    return lens


def _carried(cell: tuple[int, int], old: list[int] | None) -> tuple[int, int]:
    """Keep the older figures while fewer than five votes have come or gone."""
    if old is not None and abs(cell[0] - old[0]) < MIN_PEOPLE_PER_CELL:
        return old[0], old[1]
    return cell


@dataclass(frozen=True)
class AgeGap:
    """An idea that a young age group sees differently from people of 30 and over, beyond chance.

    :param young: votes and, of these, agreeing ones of the age group `band`; `older` of people of 30 and over
    """

    idea_id: int
    band: str
    young: tuple[int, int]
    older: tuple[int, int]

    @property
    def difference(self) -> float:
        """By how much the young agree more, −1..1."""
        return _share(self.young) - _share(self.older)


def age_gaps(cells_by_idea: Iterable[tuple[int, Mapping[str, Sequence[int]]]]) -> list[AgeGap]:
    """Return where those under 20 or in their twenties differ from people of 30 and over, the largest gap first.

    Each pair of cells is tested (two shares, with Yates' correction); of those named at most 5 % are none (Benjamini
    and Hochberg 1995). An idea comes once, with the age group that differs more.

    :param cells_by_idea: pairs of idea id and what may be shown of it by age
    """
    tested = []
    for idea_id, cells in cells_by_idea:
        for band in (UNDER_20, TWENTIES):
            if band in cells and OLDER in cells:
                young, older = cells[band], cells[OLDER]
                gap = AgeGap(idea_id, band, (young[0], young[1]), (older[0], older[1]))
                tested.append((_p_value(gap.young, gap.older), gap))
    tested.sort(key=lambda pair: (pair[0], pair[1].idea_id, pair[1].band))
    passed = [n for n, (p, _gap) in enumerate(tested, 1) if p <= FALSE_DISCOVERIES * n / len(tested)]
    named = [gap for _p, gap in tested[: max(passed, default=0)]]
    named.sort(key=lambda gap: (-abs(gap.difference), gap.idea_id, gap.band))
    return list({gap.idea_id: gap for gap in reversed(named)}.values())[::-1]


def _share(cell: tuple[int, int]) -> float:
    return cell[1] / cell[0]


def _p_value(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return how likely shares at least so far apart are by chance (normal approximation, corrected by Yates)."""
    pooled = (one[1] + other[1]) / (one[0] + other[0])
    variance = pooled * (1 - pooled) * (1 / one[0] + 1 / other[0])
    if variance == 0:
        return 1.0
    apart = abs(_share(one) - _share(other)) - (1 / one[0] + 1 / other[0]) / 2
    return math.erfc(max(apart, 0.0) / math.sqrt(2 * variance))

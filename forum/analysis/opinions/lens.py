"""Future-generation lens: how people of an age group or region vote on an idea, without telling about a few of them.

A cell under five people is hidden, and so is one that the others would give away by subtraction
(`forum.core.disclosure`). Two snapshots must not tell by subtraction either how one person voted who came between
them: a cell keeps its older figures until five votes or more have come or gone.
"""

from __future__ import annotations

from collections.abc import Mapping

from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells
from forum.core.i18n import _l

AGE, REGION = "AGE", "REGION"
UNDER_20, TWENTIES, OLDER = "0", "20", "30"
AGE_BANDS = {UNDER_20: _l("20살 아래"), TWENTIES: _l("20대"), OLDER: _l("30살부터")}
UNTOLD = ""
Cells = Mapping[str, tuple[int, int]]
"""Code -> votes and, of these, agreeing ones."""
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

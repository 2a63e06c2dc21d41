"""Sector × region, with cells hidden so that a reader who also has the sums of both cannot work out a small one.

Cells of fewer than MIN_PEOPLE_PER_CELL people are hidden (primary suppression), then others until no hidden cell from
so few people follows from what is shown (complementary suppression in a table of two dimensions). The test of that is
the one of D. Gusfield, "A graph theoretic approach to statistical data security" (SIAM J. Comput. 17, 1988): a cell is
safe if some other table has the same shown cells and sums, that is, if an alternating cycle runs through it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.publication.digests.collecting.ideas import People, n_people
from forum.publication.digests.content import Cell, Crossing, IdeaLine

SUM = ""
"""Stands for the column of the sectors' sums and the row of the regions'."""
Key = tuple[str, str]


@dataclass
class Crossed:
    """The table while cells are hidden.

    :param ideas: of each cell, sums too: these as the total less the sum, so that all rows and columns add up to the
        same whether a sum is shown or not
    :param people: of each cell; `total` is the number of all ideas
    """

    ideas: dict[Key, int]
    people: dict[Key, int]
    hidden: set[Key]

    @property
    def inner(self) -> list[Key]:
        return [key for key in self.ideas if SUM not in key]

    def is_small(self, key: Key) -> bool:
        """Would knowing this cell tell of a few people? An empty one tells of nobody."""
        return 0 < self.people[key] < MIN_PEOPLE_PER_CELL

    def line(self, key: Key, side: int) -> list[Key]:
        """Return the inner cells of a cell's row (side 0) or column (side 1)."""
        return [other for other in self.inner if other[side] == key[side]]


def crossings(
    lines: Sequence[IdeaLine], people: People, sectors: Sequence[Cell], regions: Sequence[Cell]
) -> tuple[Crossing, ...]:
    """Return the number of ideas of each sector from each region, in the order of the two lists of sums.

    :param sectors: as the same digest states them, hidden ones among them; `regions` likewise
    """
    table = _crossed(lines, people, sectors, regions)
    while _hide_more(table):
        pass
    return tuple(Crossing(*key, None if key in table.hidden else table.ideas[key]) for key in table.inner)


def _crossed(lines: Sequence[IdeaLine], people: People, sectors: Sequence[Cell], regions: Sequence[Cell]) -> Crossed:
    ids: dict[Key, list[int]] = defaultdict(list)
    for line in lines:
        for key in ((line.sector, line.region), (line.sector, SUM), (SUM, line.region)):
            ids[key].append(line.id)
    inner = [(sector.name, region.name) for sector in sectors for region in regions]
    sums = [(sector.name, SUM) for sector in sectors] + [(SUM, region.name) for region in regions]
    ideas = {key: len(ids[key]) for key in inner} | {key: len(lines) - len(ids[key]) for key in sums}
    counted = {key: n_people(ids[key], people) for key in (*inner, *sums)}
    hidden = {key for key in inner if counted[key] < MIN_PEOPLE_PER_CELL}
    hidden |= {(cell.name, SUM) for cell in sectors if cell.ideas is None}
    hidden |= {(SUM, cell.name) for cell in regions if cell.ideas is None}
    return Crossed(ideas, counted, hidden)


def _hide_more(table: Crossed) -> bool:
    """Hide one more cell, or a few equal ones, where a small one would be given away; return whether it did."""
    for key in sorted(table.hidden):
        if not table.is_small(key):
            continue
        if not _is_guessed(table, key) and _may_differ(table, key):
            continue
        shown = [other for side in (0, 1) for other in table.line(key, side) if other not in table.hidden]
        shown = shown or [other for other in table.inner if other not in table.hidden]
        if shown:
            least = min(table.people[other] for other in shown)
            table.hidden |= {other for other in shown if table.people[other] == least}
            return True
    return False


def _is_guessed(table: Crossed, key: Key) -> bool:
    """Do all hidden cells of its row or column have the largest small number? Then their sum says so."""
    for side, total in ((0, (key[0], SUM)), (1, (SUM, key[1]))):
        cells = [other for other in table.line(key, side) if other in table.hidden]
        told = total in table.people and total not in table.hidden
        if told and cells and all(table.people[other] == MIN_PEOPLE_PER_CELL - 1 for other in cells):
            return True
    return False


def _may_differ(table: Crossed, key: Key) -> bool:
    """Is there another table with the same shown cells and sums, and another number in this cell?"""
    raised = _reaches(_steps(table, key), ("column", key[1]), ("row", key[0]))
    return raised or _reaches(_steps(table, key), ("row", key[0]), ("column", key[1]))


def _steps(table: Crossed, without: Key) -> Mapping[Key, list[Key]]:
    """Return how numbers can move: a hidden cell may grow (row to column), and shrink if it is not empty."""
    steps: dict[Key, list[Key]] = defaultdict(list)
    for key in table.hidden - {without}:
        row, column = ("row", key[0]), ("column", key[1])
        steps[row].append(column)
        if table.ideas[key]:
            steps[column].append(row)
    return steps


def _reaches(steps: Mapping[Key, list[Key]], start: Key, end: Key) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        for place in steps.get(waiting.pop(), ()):
            if place == end:
                return True
            if place not in seen:
                seen.add(place)
                waiting.append(place)
    return False

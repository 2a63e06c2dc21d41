from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest
from scipy.optimize import linprog

from forum.publication.digests.collecting.crossings import crossings
from forum.publication.digests.collecting.ideas import counted_cells
from forum.publication.digests.content import Cell, Crossing, IdeaLine


def idea(number: int, sector: str, region: str) -> IdeaLine:
    return IdeaLine(number, "제목", "", sector, region, date(2026, 11, 1), 0, 0, 0, 0, None, "")


def crossed(table: dict[tuple[str, str], int], ideas_each: int = 1):
    """The ideas of a table of people, each with so many ideas, and what a digest states of them."""
    lines, people = [], {}
    for (sector, region), n in table.items():
        for _person in range(n):
            author = len(lines) + 1
            for _idea in range(ideas_each):
                lines.append(idea(len(lines) + 1, sector, region))
                people[len(lines)] = author
    sectors = counted_cells((line.sector for line in lines), lines, people)
    regions = counted_cells((line.region for line in lines), lines, people)
    return crossings(lines, people, sectors, regions), sectors, regions, len(lines)


def ranges(shown: tuple[Crossing, ...], sectors: tuple[Cell, ...], regions: tuple[Cell, ...], total: int):
    """What a reader who adds and subtracts finds: the least and the most that each hidden cell can be."""
    keys = [(one.sector, one.region) for one in shown]
    rows, sums = [], []

    def equation(names, value) -> None:
        rows.append([1.0 if key in names else 0.0 for key in keys])
        sums.append(value)

    for one in shown:
        if one.ideas is not None:
            equation({(one.sector, one.region)}, one.ideas)
    for cell in sectors:
        if cell.ideas is not None:
            equation({key for key in keys if key[0] == cell.name}, cell.ideas)
    for cell in regions:
        if cell.ideas is not None:
            equation({key for key in keys if key[1] == cell.name}, cell.ideas)
    equation(set(keys), total)
    hidden = {(one.sector, one.region): {(one.sector, one.region)} for one in shown if one.ideas is None}
    hidden |= {(cell.name, ""): {key for key in keys if key[0] == cell.name} for cell in sectors if cell.ideas is None}
    hidden |= {("", cell.name): {key for key in keys if key[1] == cell.name} for cell in regions if cell.ideas is None}
    found = {}
    for name, cells in hidden.items():
        goal = np.array([1.0 if key in cells else 0.0 for key in keys])
        least, most = (linprog(sign * goal, A_eq=rows, b_eq=sums, method="highs").fun for sign in (1, -1))
        found[name] = (round(least), round(-most))
    return found


def random_tables() -> list[dict[tuple[str, str], int]]:
    found = []
    rng = np.random.default_rng(0)
    for n in range(36):
        size = rng.integers(1, 5), rng.integers(1, 5)
        high = (3, 6, 12)[n % 3]
        counts = rng.integers(0, high, size) * (rng.random(size) < 0.8)
        if counts.sum() < 5:
            continue  # the total alone tells
        found.append({(f"부문{i}", f"지역{j}"): int(n) for (i, j), n in np.ndenumerate(counts)})
    return found


TABLES = random_tables()


@pytest.mark.parametrize("table", TABLES, ids=range(len(TABLES)))
def test_nobody_finds_a_few_people_by_subtraction(table):
    """Neither in a cell nor in a sum, by all that the digest states. Who is alone in a forum is told by its total."""
    shown, sectors, regions, total = crossed(table)
    people = Counter()
    for (sector, region), n in table.items():
        for name in ((sector, region), (sector, ""), ("", region)):
            people[name] += n
    for name, (least, most) in ranges(shown, sectors, regions, total).items():
        assert least < most or not 0 < people[name] < 5, (name, people[name], shown)


def test_what_tells_of_nobody_is_shown():
    table = {(sector, region): 6 for sector in ("수송", "건물") for region in ("서울", "부산")}
    shown, *_sums = crossed(table, ideas_each=2)
    assert Counter(one.ideas for one in shown) == {12: 4}


def test_a_single_small_cell_takes_three_others_with_it():
    """One of its row, one of its column, and the one where these meet: else their sums would tell it."""
    table = {(f"부문{i}", f"지역{j}"): 9 + i + j for i in range(3) for j in range(3)} | {("부문0", "지역0"): 2}
    shown, *_sums = crossed(table)
    hidden = {(one.sector, one.region) for one in shown if one.ideas is None}
    assert ("부문0", "지역0") in hidden
    assert 4 <= len(hidden) < 9


def test_people_count_and_not_what_one_person_wrote():
    shown, *_sums = crossed({("수송", "서울"): 1, ("수송", "부산"): 8, ("건물", "서울"): 8, ("건물", "부산"): 8}, 9)
    assert {(one.sector, one.region): one.ideas for one in shown}["수송", "서울"] is None


def test_an_empty_campaign_has_no_cells():
    assert crossed({})[0] == ()

"""The population by age group and by region, from `data/population.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache

from forum.core.reference import DATA_DIR
from forum.publication.representation.models import Dimension

YOUNGEST, OLDEST = 10, 70


@dataclass(frozen=True)
class PopulationGroup:
    """An age group or region. `people` are residents from the age of ten."""

    code: str
    name: str
    people: int


@dataclass(frozen=True)
class Population:
    """The groups of one dimension, in the order in which they are shown, with the day they were counted and by whom."""

    groups: tuple[PopulationGroup, ...]
    as_of: date
    source: str

    @property
    def people(self) -> int:
        return sum(group.people for group in self.groups)


@cache
def populations() -> dict[Dimension, Population]:
    """Return the population of each dimension. Children under ten are left out: they do not take part."""
    with (DATA_DIR / "population.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for dimension in Dimension:
        own = [row for row in rows if row["dimension"] == dimension.value]
        groups = tuple(PopulationGroup(row["code"], row["name"], int(row["people"])) for row in own)
        found[dimension] = Population(groups, date.fromisoformat(own[0]["as_of"]), own[0]["source"])
    return found


def age_group(birth_year: int, year: int) -> str:
    """Return the code of the group of somebody's age at the end of `year`, as the register counts ages."""
    age = min(max(year - birth_year, YOUNGEST), OLDEST)
    return str(age - age % 10)

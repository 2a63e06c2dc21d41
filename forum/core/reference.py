"""Words shared by all slices: the sectors of the national 2050 scenario, and the regions."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from forum.core.database import LabelledEnum

DATA_DIR = Path(__file__).resolve().parents[2] / "data"


class Sector(LabelledEnum):
    """부문: the national 2050 scenario's sectors, and adaptation and education beside them."""

    TRANSITION = "전환"
    INDUSTRY = "산업"
    BUILDING = "건물"
    TRANSPORT = "수송"
    AGRICULTURE = "농축수산"
    WASTE = "폐기물"
    SINK = "흡수원"
    ADAPTATION = "적응"
    EDUCATION = "교육·참여"


@dataclass(frozen=True)
class Region:
    """A 시·도. `code` is the two-digit administrative code."""

    code: str
    name: str
    short_name: str


@cache
def regions() -> dict[str, Region]:
    """Regions by code, in the order of `data/regions.csv`."""
    with (DATA_DIR / "regions.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: Region(row["code"], row["name"], row["short_name"]) for row in csv.DictReader(file)}

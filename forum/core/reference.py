"""Reference data shared by all slices: sectors of the national 2050 scenario, and regions."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from forum.core.database import LabelledEnum
from forum.core.i18n import _l

DATA_DIR = Path(__file__).resolve().parents[2] / "data"


class Sector(LabelledEnum):
    """부문: the sectors of the national 2050 scenario, plus adaptation and education."""

    TRANSITION = "TRANSITION"
    INDUSTRY = "INDUSTRY"
    BUILDING = "BUILDING"
    TRANSPORT = "TRANSPORT"
    AGRICULTURE = "AGRICULTURE"
    WASTE = "WASTE"
    SINK = "SINK"
    ADAPTATION = "ADAPTATION"
    EDUCATION = "EDUCATION"

    __labels__ = {
        TRANSITION: _l("전환"),
        INDUSTRY: _l("산업"),
        BUILDING: _l("건물"),
        TRANSPORT: _l("수송"),
        AGRICULTURE: _l("농축수산"),
        WASTE: _l("폐기물"),
        SINK: _l("흡수원"),
        ADAPTATION: _l("적응"),
        EDUCATION: _l("교육·참여"),
    }


@dataclass(frozen=True)
class Region:
    """A 시·도. `code` is the two-digit administrative code."""

    code: str
    name: str
    short_name: str


@cache
def regions() -> dict[str, Region]:
    """Return the regions by code, in the order of `data/regions.csv`."""
    with (DATA_DIR / "regions.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: Region(row["code"], row["name"], row["short_name"]) for row in csv.DictReader(file)}

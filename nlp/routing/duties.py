"""What each ministry does, or what each sector is about, and the words that citizens use for it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlp.text.tokens import DATA_DIR

MINISTRY_DUTIES = DATA_DIR / "ministry_duties.csv"
SECTOR_DUTIES = DATA_DIR / "sector_duties.csv"


@dataclass(frozen=True)
class Duty:
    """A duty of one ministry, or a subject of one sector.

    :param words: words of texts about it
    :param share: > 0, how often citizens ask for it, relative to the shares of all others
    """

    code: str
    duty: str
    words: tuple[str, ...]
    share: float


@cache
def shipped_duties(path: Path = MINISTRY_DUTIES) -> tuple[Duty, ...]:
    """Return the shipped duties of each ministry, or subjects of each sector."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Duty(row["code"], row["duty"], tuple(row["words"].lower().split()), float(row["share"]))
            for row in csv.DictReader(file)
        )

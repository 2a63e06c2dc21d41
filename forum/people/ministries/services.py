"""Load the ministries that ship with the program."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.reference import DATA_DIR
from forum.people.ministries.models import Ministry, MinistryKind

MINISTRIES_FILE = DATA_DIR / "ministries.csv"


def load_ministries(path: Path = MINISTRIES_FILE) -> int:
    """Insert or update the ministries of a file, by code. None is ever deleted, because referrals point at them.

    :return: number of rows in the file
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    present = {ministry.code: ministry for ministry in db.session.scalars(sa.select(Ministry))}
    for row in rows:
        ministry = present.get(row["code"]) or Ministry(code=row["code"])
        ministry.name, ministry.kind, ministry.duties = row["name"], MinistryKind[row["kind"]], row["duties"]
        ministry.valid_from = date.fromisoformat(row["valid_from"]) if row["valid_from"] else None
        db.session.add(ministry)
    db.session.flush()
    return len(rows)

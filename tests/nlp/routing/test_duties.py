from __future__ import annotations

import csv

import pytest

from nlp.text.tokens import DATA_DIR


@pytest.mark.parametrize("name", ["ministry_duties.csv", "sector_duties.csv"])
def test_duties_name_their_source_and_date_and_every_addressee_has_one(name):
    with (DATA_DIR / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["source"] and row["source_date"] and row["duty"] and row["words"] for row in rows)
    assert all(float(row["share"]) > 0 for row in rows)
    if name == "ministry_duties.csv":
        with (DATA_DIR / "ministries.csv").open(encoding="utf-8", newline="") as file:
            codes = {row["code"] for row in csv.DictReader(file) if not row["code"].startswith("LOCAL-")}
        assert {row["code"] for row in rows} == codes

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from forum.publication.digests.cells import words
from forum.publication.digests.document import Column, ColumnKind
from tests.forum.publication.digests.contents import HOSTILE_TITLES, example_table


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (ColumnKind.TEXT, "버스", "버스"),
        (ColumnKind.TEXT, HOSTILE_TITLES[0], HOSTILE_TITLES[0]),
        (ColumnKind.INTEGER, 1234, "1,234"),
        (ColumnKind.INTEGER, np.int64(0), "0"),
        (ColumnKind.INTEGER, 1234.0, "1,234"),  # what a column of integers with a gap holds
        (ColumnKind.SHARE, 0.624, "62%"),
        (ColumnKind.SHARE, 1.0, "100%"),
        (ColumnKind.SHARE, 0.999, "99%"),
        (ColumnKind.SHARE, 0.0, "0%"),
        (ColumnKind.SHARE, 0.004, "1% 미만"),
        (ColumnKind.DATE, date(2026, 11, 6), "2026. 11. 6."),
        (ColumnKind.DATE, pd.Timestamp("2026-11-06"), "2026. 11. 6."),
        (ColumnKind.MOMENT, datetime(2026, 11, 19, 15, 30, tzinfo=UTC), "2026. 11. 20. 00:30"),
        (ColumnKind.MOMENT, pd.Timestamp("2026-11-20T09:30", tz="Asia/Seoul"), "2026. 11. 20. 09:30"),
        (ColumnKind.YES, True, "예"),
        (ColumnKind.YES, np.False_, ""),
        (ColumnKind.URL, "https://forum.example/ideas/1", "https://forum.example/ideas/1"),
    ],
)
def test_a_cell_in_words(kind, value, expected):
    assert words(value, Column("key", "이름", kind)) == expected


@pytest.mark.parametrize("kind", ColumnKind)
@pytest.mark.parametrize("value", [None, float("nan"), pd.NaT, pd.NA])
def test_a_missing_cell_is_empty(kind, value):
    assert words(value, Column("key", "이름", kind)) == ""


def test_every_cell_of_a_table_has_words():
    table = example_table()
    rows = [
        [words(cell, column) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.frame.itertuples(index=False)
    ]
    assert rows[0] == [f"{HOSTILE_TITLES[0]} 0", "1,234", "50%", "2026. 11. 16.", "https://forum.example/themes/0"]

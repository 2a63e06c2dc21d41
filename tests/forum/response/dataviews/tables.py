"""A small table of buildings, as the tests ask of it."""

from __future__ import annotations

from pathlib import Path

from forum.response.datasets.models import ColumnType
from forum.response.dataviews.asking import Column

COLUMNS = (
    Column("달", ColumnType.DATE),
    Column("건물 유형", ColumnType.CODE),
    Column("kWh", ColumnType.NUMBER, "kWh"),
    Column("세대", ColumnType.INTEGER),
    Column("태양광", ColumnType.BOOLEAN),
    Column("비고", ColumnType.TEXT),
)
HEAD = "달,건물 유형,kWh,세대,태양광,비고\n"
ROWS = (
    "2026-01-01,아파트,120.5,40,예,\n"
    '2026-02-01,학교,80,1,아니요,"쉼표, 따옴표 ""둘"""\n'
    "2026-01-01,아파트,-20,10,예,<script>alert(1)</script>\n"
    "2026-03-01,병원,,1,아니요,100%\n"
)


def written(folder: Path, rows: str = ROWS, head: str = HEAD) -> Path:
    file = folder / "table.csv"
    file.write_text(head + rows, encoding="utf-8")
    return file

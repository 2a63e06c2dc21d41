"""The table of ideas as CSV, for spreadsheets and programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, BinaryIO

from forum.core.i18n import _
from forum.core.spreadsheets import escape_formula
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import ColumnKind, Table

if TYPE_CHECKING:  # at run time pandas would be loaded by whoever only names this renderer
    import pandas as pd

SCORE_PLACES = 2
SHARE_PLACES = 4
"""Decimal places of a share in CSV and JSON."""


def render_csv(content: DigestContent, tables: Mapping[str, Table], file: BinaryIO) -> None:
    """Write the ideas in UTF-8 with BOM, which Korean Excel needs; no cell is a formula, a sample says so in each row.

    Dates are in ISO 8601, shares from 0 to 1.
    """
    write_table(tables["ideas"], file, is_sample=content.is_sample)


def write_table(table: Table, file: BinaryIO, *, is_sample: bool) -> None:
    """Write a table in the same way."""
    frame = table.frame.copy(deep=False)
    for column in table.columns:
        if column.kind in PLAIN:
            frame[column.key] = PLAIN[column.kind](frame[column.key])
    frame.columns = [column.label for column in table.columns]
    if is_sample:
        frame.insert(0, _("예시"), _("예시"))
    frame.to_csv(file, index=False, lineterminator="\r\n", encoding="utf-8-sig")


def _escaped(cells: pd.Series) -> pd.Series:
    return cells.map(escape_formula, na_action="ignore")


PLAIN: dict[ColumnKind, Callable[[pd.Series], pd.Series]] = {
    ColumnKind.TEXT: _escaped,
    ColumnKind.URL: _escaped,
    ColumnKind.SHARE: lambda cells: cells.round(SHARE_PLACES),
    ColumnKind.SCORE: lambda cells: cells.round(SCORE_PLACES),
    ColumnKind.DATE: lambda cells: cells.dt.strftime("%Y-%m-%d"),
    ColumnKind.YES: lambda cells: cells.map({True: _("예"), False: ""}),
}

"""Cells of a table as words, the same in every format that is read. Knows no pandas: pages of the site use it too."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from forum.core.clock import SEOUL
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.document import Column, ColumnKind
from forum.web.pictures import share_words


def words(value: object, column: Column) -> str:
    """Return a cell for readers: 1,234 · 62% · 2026. 11. 16. · 2026. 11. 20. 09:30 · 예; empty where it is missing."""
    if is_missing(value):
        return ""
    cell: Any = value
    match column.kind:
        case ColumnKind.INTEGER:
            return thousands(int(cell))
        case ColumnKind.SHARE:
            return share_words(float(cell), 1.0)
        case ColumnKind.SCORE:
            return f"{round(float(cell), 1):g}"
        case ColumnKind.DATE:
            return _day(cell)
        case ColumnKind.MOMENT:
            return f"{_day(cell)} {cell.astimezone(SEOUL):%H:%M}"
        case ColumnKind.YES:
            return _("예") if cell else ""
    return str(cell)


def is_missing(value: object) -> bool:
    """Return whether a cell holds nothing: None, NaN, NaT or pandas' NA."""
    try:
        return value is None or bool(value != value)  # only NaN and NaT differ from themselves
    except TypeError:
        return True  # NA refuses to say whether it differs


def _day(value: datetime | date) -> str:
    local = value.astimezone(SEOUL) if isinstance(value, datetime) and value.tzinfo else value
    return f"{local.year}. {local.month}. {local.day}."

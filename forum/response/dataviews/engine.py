"""Preview of a table: its first rows, sorted or filtered, or the count and sum of groups.

`asking` checks what people ask for, `child.py` reads the table, and `withholding` decides what is shown of one whose
rows are not open.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forum.core.children import Limits
from forum.core.disclosure import MIN_PEOPLE_PER_CELL, rounded_total
from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.response.datasets.models import ColumnType
from forum.response.dataviews.asking import Column, PreviewRequest, checked
from forum.response.dataviews.csv_head import check_head
from forum.response.dataviews.processes import PREVIEW, ask_child, one_place, opened
from forum.response.dataviews.withholding import withheld_groups

MAX_ROWS = 50
MAX_SHOWN_COLUMNS = 50
MAX_CELL_CHARS = 200
MAX_GROUPS = 50
MAX_WITHHELD_GROUPS = 1_000
"""A column with more values names single things, such as meters: it is not grouped where rows are not open."""
_CUT = "…"


@dataclass(frozen=True)
class Group:
    """One value of a column.

    label : the value as text; None for empty cells
    n : rows with it
    total : sum of another column over them; None if none was asked for, or no cell has a number
    """

    label: str | None
    n: int
    total: float | None = None


@dataclass(frozen=True)
class PreviewResult:
    """What may be shown.

    n_rows : that match; rounded down to tens where rows are not open, and None where even that is too few
    columns : of `rows`, the first ones of the table
    rows : cells as text, None where empty; none where they are not open
    groups : values of the column that was asked for, the largest first
    n_groups : all of them, also those that are left out for their number
    n_hidden : groups withheld since they or their sum tell of too few rows
    """

    n_rows: int | None
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    groups: tuple[Group, ...] = ()
    n_groups: int = 0
    n_hidden: int = 0
    is_withheld: bool = False


def preview(
    path: Path,
    columns: Sequence[Column],
    request: PreviewRequest,
    *,
    is_parquet: bool = True,
    min_cell: int | None = None,
    limits: Limits = PREVIEW,
) -> PreviewResult:
    """Return what a request shows of a table.

    :param path: a file of ours: Parquet that `convert` made, or CSV in UTF-8
    :param columns: the whole dictionary, in the order of the file
    :param min_cell: where single rows are not open, the fewest rows that a group may tell of; None where they are
    :raise InvalidInput: the request does not fit the dictionary, or the file does not
    :raise NotFound: there is no such file
    :raise PreviewBusy, PreviewFailed: not now, or not like this
    """
    asked = checked(columns, request, is_withheld=min_cell is not None) | {"is_parquet": is_parquet}
    asked |= _operation(columns, request, is_withheld=min_cell is not None)
    with opened(path) as descriptor, one_place():
        if not is_parquet:
            check_head(descriptor, columns)
        answer = ask_child(asked | {"file": descriptor}, [descriptor], limits)
    if min_cell is not None:
        answer = _withhold(answer, max(min_cell, MIN_PEOPLE_PER_CELL))
    return _result(columns, request, answer)


def _operation(columns: Sequence[Column], request: PreviewRequest, *, is_withheld: bool) -> dict[str, Any]:
    """Return what the child shall do, and how much of it is wanted."""
    if request.group_by:
        limit = MAX_WITHHELD_GROUPS + 1 if is_withheld else MAX_GROUPS
        return {"operation": "groups", "limit": limit, "cell_chars": MAX_CELL_CHARS + 1}
    shown = list(range(min(len(columns), MAX_SHOWN_COLUMNS)))
    return {
        "operation": "rows",
        "columns": shown,
        "limit": 0 if is_withheld else MAX_ROWS,
        "cell_chars": MAX_CELL_CHARS + 1,
    }


def _withhold(answer: Mapping[str, Any], min_cell: int) -> dict[str, Any]:
    """Return what may be told of rows that are not open.

    :raise InvalidInput: the column has too many values
    """
    n_rows = rounded_total(answer["n_rows"]) if answer["n_rows"] >= min_cell else None
    kept: dict[str, Any] = {"n_rows": n_rows, "rows": [], "is_withheld": True}
    if "groups" not in answer:
        return kept
    if answer["n_groups"] > MAX_WITHHELD_GROUPS:
        message = _("값이 %(most)s가지보다 많은 열은 묶어서 볼 수 없어요.", most=MAX_WITHHELD_GROUPS)
        raise InvalidInput({"by": message})
    groups, n_hidden = withheld_groups(answer["groups"], min_cell)
    return kept | {"groups": groups[:MAX_GROUPS], "n_groups": answer["n_groups"], "n_hidden": n_hidden}


def _result(columns: Sequence[Column], request: PreviewRequest, answer: Mapping[str, Any]) -> PreviewResult:
    shown = tuple(columns[: len(answer["rows"][0])]) if answer.get("rows") else ()
    of_group = next((column for column in columns if column.name == request.group_by), None)
    groups = [Group(_cell(label, of_group), n, _finite(total)) for label, n, total, *_sizes in answer.get("groups", ())]
    return PreviewResult(
        answer["n_rows"],
        shown,
        tuple(tuple(map(_cell, row, shown)) for row in answer.get("rows", ())),
        tuple(groups),
        answer.get("n_groups", 0),
        answer.get("n_hidden", 0),
        answer.get("is_withheld", False),
    )


def _cell(text: str | None, column: Column | None) -> str | None:
    """Return a cell as people read it, cut to what is shown."""
    if text is not None and column is not None and column.type is ColumnType.BOOLEAN:
        return _("예") if text == "true" else _("아니요")
    if text is not None and column is not None and column.type is ColumnType.NUMBER:
        text = text.removesuffix(".0")
    return text if text is None or len(text) <= MAX_CELL_CHARS else text[:MAX_CELL_CHARS] + _CUT


def _finite(total: float | None) -> float | None:
    return total if total is not None and math.isfinite(total) else None

"""CSV to Parquet, for the job that takes in a file: once, so that each preview is quick."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forum.core.children import Limits
from forum.response.dataviews.asking import Column, refuse_wide
from forum.response.dataviews.csv_head import check_head
from forum.response.dataviews.processes import CONVERSION, ask_child, opened


@dataclass(frozen=True)
class Converted:
    """What was written.

    n_rows : without the line of names
    n_unread : for each column, how many of its cells are not of its type; they are empty in the Parquet file
    """

    n_rows: int
    n_unread: dict[str, int]


def convert(source: Path, target: Path, columns: Sequence[Column], limits: Limits = CONVERSION) -> Converted:
    """Write a CSV file in UTF-8 as Parquet, whole or not at all.

    :raise InvalidInput: its first line does not name these columns, or it is no table
    :raise NotFound: no such file
    :raise PreviewFailed: it took too much memory or time
    """
    refuse_wide(columns)
    with opened(source) as descriptor:
        check_head(descriptor, columns)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".converting-", delete=False) as half:
            try:
                answer = _ask(descriptor, half.fileno(), columns, limits)
                os.fsync(half.fileno())
                os.replace(half.name, target)
            except BaseException:
                os.unlink(half.name)
                raise
    names = (column.name for column in columns)
    return Converted(answer["n_rows"], dict(zip(names, answer["n_unread"], strict=True)))


def _ask(source: int, target: int, columns: Sequence[Column], limits: Limits) -> dict[str, Any]:
    request = {
        "operation": "convert",
        "file": source,
        "target": target,
        "is_parquet": False,
        "types": [column.type.value for column in columns],
    }
    return ask_child(request, [source, target], limits)

"""Compare the cells of a column with the dictionary, a batch at a time: patterns run over the joined cells.

A kind is the code of a `ColumnType`: this module runs in a child process that does not import the models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from forum.core.spreadsheets import FORMULA_STARTS

MAX_CHARS = 10_000
FORMULA_FREE = frozenset({"TEXT", "CODE"})
_PATTERNS = {
    "INTEGER": r"-?(?:0|[1-9][0-9]{0,17})",
    "NUMBER": r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,3})?",
    "DATE": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "DATETIME": r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?",
    # the last two: yes and no in Korean
    "BOOLEAN": r"true|false|TRUE|FALSE|True|False|0|1|Y|N|y|n|\uc608|\uc544\ub2c8\uc694",
}
_ONE = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}
# Possessive, so that a long batch needs no memory for going back.
_ALL = {kind: re.compile(rf"(?:(?:{pattern})?\n)*+") for kind, pattern in _PATTERNS.items()}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)?%?")
_FORMULA = re.compile("[" + re.escape("".join(FORMULA_STARTS)) + "]")


def wrong_cells(values: Sequence[str], kind: str) -> list[int]:
    """Return the places of cells that are not of this type; empty ones are missing values, not wrong ones."""
    if kind in FORMULA_FREE or _is_plainly_right(values, kind):
        return []
    good: dict[str, bool] = {"": True}
    return [place for place, value in enumerate(values) if not _is_right(value, kind, good)]


def formulas(values: Iterable[str]) -> set[str]:
    """Return the cells that a spreadsheet would compute; a number in a text column is none, such as -3 or +82."""
    return {
        value
        for value in values
        if value and _FORMULA.match(value.lstrip(" ") or value) and not _PLAIN_NUMBER.fullmatch(value)
    }


def odd_cells(values: Iterable[str]) -> set[str]:
    """Return the cells with control characters, or too long."""
    return {value for value in values if len(value) > MAX_CHARS or _CONTROL.search(value)}


def _is_plainly_right(values: Sequence[str], kind: str) -> bool:
    joined = "\n".join(values) + "\n"
    if joined.count("\n") != len(values) or not _ALL[kind].fullmatch(joined):
        return False
    return kind not in _PARSED or all(not value or _parses(value, kind) for value in set(values))


def _is_right(value: str, kind: str, known: dict[str, bool]) -> bool:
    if value not in known:
        known[value] = bool(_ONE[kind].fullmatch(value)) and (kind not in _PARSED or _parses(value, kind))
    return known[value]


_PARSED: dict[str, Callable[[str], object]] = {
    "DATE": date.fromisoformat,
    "DATETIME": datetime.fromisoformat,
}


def _parses(value: str, kind: str) -> bool:
    try:
        _PARSED[kind](value)
    except ValueError:
        return False
    return True

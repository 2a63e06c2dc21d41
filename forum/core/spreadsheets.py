"""Cells that no spreadsheet takes for a formula (OWASP, CSV injection)."""

from __future__ import annotations

# The wide forms too: Korean and Japanese spreadsheets read ＝ as =.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


def escape_formula(cell: object) -> object:
    """`cell`, with an apostrophe before a text that would be computed. Numbers stay numbers."""
    if isinstance(cell, str) and (cell.startswith(FORMULA_STARTS) or cell.lstrip().startswith(FORMULA_STARTS)):
        return "'" + cell
    return cell

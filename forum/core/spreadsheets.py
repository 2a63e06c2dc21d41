"""Protection against CSV injection (OWASP): no cell is read as a formula."""

from __future__ import annotations

# Full-width forms too: Korean and Japanese spreadsheets read ＝ as =.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


def escape_formula(cell: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would compute. Numbers stay numbers."""
    if isinstance(cell, str) and (cell.startswith(FORMULA_STARTS) or cell.lstrip().startswith(FORMULA_STARTS)):
        return "'" + cell
    return cell

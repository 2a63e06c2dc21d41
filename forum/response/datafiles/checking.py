"""Check a whole file against the dictionary of its version, in one stream. What it says holds no value of the file.

It runs in a child process (`check_child.py`), so neither it nor what it imports may import the models or Flask.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.response.datafiles import cells, personal
from forum.response.datafiles.anonymity import Anonymity, Groups
from forum.response.datafiles.reading import Batch, Survey, Unreadable, batches_of, survey

ROWS_NAMED = 10
MOST_COLUMNS = 500
"""As a dictionary may have."""
KNOWN_VALUES, KNOWN_CHARS = 50_000, 64
"""So many different short cells are remembered as harmless; the others are looked at again."""


@dataclass(frozen=True)
class Column:
    """What the dictionary says of a column; `type` is the code of a `ColumnType`."""

    name: str
    type: str
    is_identifying: bool


@dataclass
class Problem:
    """One kind of problem in one column, or in the file where the column is empty.

    n : rows that have it; rows : the numbers of the first ones, the header being 1
    """

    code: str
    column: str = ""
    n: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass
class TableReport:
    """What the check found."""

    survey: Survey | None = None
    n_rows: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)
    anonymity: Anonymity | None = None

    def add(self, code: str, column: str = "", rows: Sequence[int] = (), n: int | None = None) -> None:
        problem = self.problems.setdefault((code, column), Problem(code, column))
        problem.n += len(rows) if n is None else n
        problem.rows += list(rows)[: ROWS_NAMED - len(problem.rows)]

    def packed(self) -> dict[str, Any]:
        """Return all of it, for the process that asked for the check."""
        return {
            "survey": asdict(self.survey) if self.survey else None,
            "n_rows": self.n_rows,
            "missing": self.missing,
            "problems": [asdict(one) for one in self.problems.values()],
            "anonymity": asdict(self.anonymity) if self.anonymity else None,
        }

    @classmethod
    def unpacked(cls, packed: Mapping[str, Any]) -> TableReport:
        """:raise KeyError, TypeError: that was no report"""
        survey, anonymity = packed["survey"], packed["anonymity"]
        problems = [Problem(**one) for one in packed["problems"]]
        return cls(
            Survey(**survey) if survey else None,
            packed["n_rows"],
            packed["missing"],
            {(one.code, one.column): one for one in problems},
            Anonymity(**anonymity) if anonymity else None,
        )

    def as_json(self) -> dict[str, Any]:
        measured = self.anonymity
        return {
            "problems": [vars(one) for one in self.problems.values()],
            "missing": self.missing,
            "groups": measured.n_groups if measured else None,
            "small_rows": measured.n_small_rows if measured else None,
        }


def check_file(
    file: BinaryIO,
    columns: Sequence[Column],
    is_open: bool,
    folder: Path,
    read: Callable[[int], object] = lambda _row: None,
) -> tuple[TableReport, Groups]:
    """Check the bytes, the header, every cell, and k over the identifying columns.

    :param is_open: everybody would get it
    :param folder: private, empty, for the counts; the caller deletes it and closes the groups
    :param read: called with the number of rows so far
    """
    report, groups = TableReport(), Groups(folder)
    try:
        report.survey = survey(file)
        file.seek(0)
        _Checker(columns, report, groups).check(batches_of(file, report.survey.encoding), read)
    except Unreadable as error:
        report.add(error.code, rows=[error.row] if error.row else [])
        return report, groups
    if not report.n_rows:
        report.add("NO_ROWS")
    elif any(one.is_identifying for one in columns) and not report.problems:
        report.anonymity = groups.measure()
        refuse_small_groups(report, is_open)
    return report, groups


def refuse_small_groups(report: TableReport, is_open: bool) -> None:
    """Add a problem where everybody would get rows that point to few people."""
    measured = report.anonymity
    if measured and is_open and measured.k < MIN_PEOPLE_PER_CELL:
        report.add("K", n=measured.n_small_rows)


class _Checker:
    """The state of one check."""

    def __init__(self, columns: Sequence[Column], report: TableReport, groups: Groups) -> None:
        self.columns, self.report, self.groups = columns, report, groups
        self.identifying = [place for place, one in enumerate(columns) if one.is_identifying]
        self.missing = [0] * len(columns)
        self.known: set[str] = set()
        self.distinct: dict[str, set[str]] = defaultdict(set)

    def check(self, batches: Iterator[Batch], read: Callable[[int], object]) -> None:
        header = next(batches, None)
        if header is None:
            return
        self._check_header(header.rows[0])
        if self.report.problems:
            return
        for batch in batches:
            self._check_batch(batch)
            self.report.n_rows += len(batch.rows)
            read(self.report.n_rows)
        self.report.missing = {one.name: n for one, n in zip(self.columns, self.missing, strict=True) if n}
        for name, distinct in self.distinct.items():
            if personal.are_names(sorted(distinct)):
                self.report.add("NAMES", name)

    def _check_header(self, names: list[str]) -> None:
        """The header is the dictionary's, in its order: a column too many would be given out without a word on it."""
        if len(names) > MOST_COLUMNS:
            self.report.add("COLUMNS", n=len(names))
            return
        wanted = [one.name for one in self.columns]
        for name in wanted:
            if name not in names:
                self.report.add("LACKING", name)
        n_unknown = len([name for name in names if name not in wanted])
        if n_unknown:
            self.report.add("UNKNOWN", n=n_unknown)
        elif names != wanted and not self.report.problems:
            self.report.add("ORDER")
        for name in wanted:
            if personal.is_name_heading(name):
                self.report.add("NAMES", name)

    def _check_batch(self, batch: Batch) -> None:
        rows, numbers = batch.rows, range(batch.first, batch.first + len(batch.rows))
        n_columns = len(self.columns)
        if set(map(len, rows)) != {n_columns}:
            self.report.add("LENGTH", rows=[n for n, row in zip(numbers, rows, strict=True) if len(row) != n_columns])
            return
        by_column = list(zip(*rows, strict=True))
        for place, (column, values) in enumerate(zip(self.columns, by_column, strict=True)):
            self.missing[place] += values.count("")
            self._check_cells(column, values, numbers)
        if self.identifying and not self.report.problems:
            self.groups.add([by_column[place] for place in self.identifying])

    def _check_cells(self, column: Column, values: tuple[str, ...], numbers: range) -> None:
        wrong = cells.wrong_cells(values, column.type)
        if wrong:
            self.report.add("TYPE", column.name, [numbers[place] for place in wrong])
        if column.type in cells.FORMULA_FREE:
            self._check_texts(column, values, numbers)
        elif column.type == "INTEGER":
            bad = personal.with_resident_numbers(personal.long_numbers(set(values)))
            self._add_cells("RESIDENT", column, bad, values, numbers)

    def _check_texts(self, column: Column, values: tuple[str, ...], numbers: range) -> None:
        new = set(values) - self.known
        bad: set[str] = set()
        for code, find in _TEXT_CHECKS.items():
            found = find(new)
            bad |= found
            self._add_cells(code, column, found, values, numbers)
        if len(self.distinct[column.name]) < personal.MOST_DISTINCT:
            self.distinct[column.name].update(value for value in set(values) if value and len(value) <= KNOWN_CHARS)
        if len(self.known) > KNOWN_VALUES:
            self.known.clear()
        self.known.update(value for value in new - bad if len(value) <= KNOWN_CHARS)

    def _add_cells(self, code: str, column: Column, bad: set[str], values: tuple[str, ...], numbers: range) -> None:
        if bad:
            self.report.add(code, column.name, [n for n, value in zip(numbers, values, strict=True) if value in bad])


_TEXT_CHECKS: dict[str, Callable[[set[str]], set[str]]] = {
    "ODD": cells.odd_cells,
    "FORMULA": cells.formulas,
    "RESIDENT": personal.with_resident_numbers,
    "CONTACT": personal.with_contacts,
}

"""Read votes in the format that Polis exports. Every fault of a file is reported; none is ignored."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from scipy import sparse

from nlp.evaluation.files import InputError
from nlp.opinion.cells import Cells

NO_GROUP = -1
VOTES = {"1": 1, "0": 0, "-1": -1, "1.0": 1, "0.0": 0, "-1.0": -1, "-0.0": 0}
MODERATION = {"-1", "0", "1"}  # rejected, not looked at, accepted
CONSENSUS = "group-informed-consensus"
COMMA, MINUS, ZERO, ONE = b",-01"
Floats = np.ndarray[Any, Any]


@dataclass(frozen=True)
class VoteTable:
    """Votes of people on ideas, with what the file says about groups.

    :param people: the file's own name of each person, in its order
    :param ideas: the file's own number of each idea, in its order
    :param file_groups: (n_people,) int, NO_GROUP where the file gives none
    :param file_consensus: (n_ideas,) the file's group-informed consensus, NaN where it gives none
    """

    cells: Cells
    people: tuple[str, ...]
    ideas: tuple[str, ...]
    file_groups: Floats
    file_consensus: Floats

    def dense(self) -> Floats:
        """Return (n_people, n_ideas) float32: 1 agrees, -1 disagrees, 0 passes, NaN is no vote."""
        matrix = np.full(self.cells.shape, np.nan, dtype=np.float32)
        for kind, value in zip(self.cells.kinds, (1, -1, 0), strict=True):
            person = np.repeat(np.arange(kind.shape[0]), np.diff(kind.indptr))
            matrix[person, kind.indices] = value
        return matrix


@dataclass(frozen=True)
class _Header:
    names: list[str]
    columns: list[int]  # those of ideas

    @property
    def is_plain(self) -> bool:
        """Do the ideas stand together at the end of each row?"""
        return self.columns == list(range(self.columns[0], len(self.names)))


@dataclass(frozen=True)
class _Row:
    line: int
    person: str
    group: int
    ideas: Floats  # positions among the ideas
    values: Floats


def read_votes(votes: Path, comments: Path | None = None) -> VoteTable:
    """Read `participants-votes.csv` and, where given, `comments.csv`, whose rejected statements are left out.

    :raise InputError: no file, no UTF-8, a missing column, a broken row, a value that is no vote, a person or an idea
        that stands there twice
    """
    header, rows = _read_rows(votes)
    seen: dict[str, int] = {}
    for row in rows:
        if row.person in seen:
            _fail(votes, row.line, f"participant {row.person} stands there twice, first in line {seen[row.person]}")
        seen[row.person] = row.line
    ideas = tuple(header.names[column].strip() for column in header.columns)
    table = VoteTable(
        _cells(rows, len(ideas)),
        tuple(row.person for row in rows),
        ideas,
        np.array([row.group for row in rows], dtype=np.int64),
        np.full(len(ideas), np.nan),
    )
    return table if comments is None else _with_comments(table, comments)


def _with_comments(table: VoteTable, path: Path) -> VoteTable:
    """Leave out rejected statements and take over the published consensus."""
    moderation, consensus = _read_comments(path)
    keep = np.array([n for n, idea in enumerate(table.ideas) if moderation.get(idea) != "-1"], dtype=np.int64)
    published = [consensus.get(table.ideas[n], np.nan) for n in keep]
    return replace(
        table,
        cells=Cells(*(sparse.csr_array(kind[:, keep]) for kind in table.cells.kinds)),
        ideas=tuple(table.ideas[n] for n in keep),
        file_consensus=np.array(published, dtype=np.float64),
    )


def _cells(rows: Sequence[_Row], n_ideas: int) -> Cells:
    values = np.concatenate([row.values for row in rows]) if rows else np.zeros(0, dtype=np.int8)
    ideas = np.concatenate([row.ideas for row in rows]) if rows else np.zeros(0, dtype=np.int32)
    ends = np.concatenate([[0], np.cumsum([len(row.ideas) for row in rows])]).astype(np.int64)
    kinds = []
    for value in (1, -1, 0):
        chosen = values == value
        indptr = np.concatenate([[0], np.cumsum(chosen)])[ends].astype(np.int32)
        ones = np.ones(int(chosen.sum()), dtype=np.float32)
        kinds.append(sparse.csr_array((ones, ideas[chosen], indptr), shape=(len(rows), n_ideas)))
    return Cells(*kinds)


def _read_rows(path: Path) -> tuple[_Header, list[_Row]]:
    """Read by whole lines where no cell is quoted, which is fast; else cell by cell."""
    try:
        with path.open("rb") as file:
            first = file.readline()
            if b'"' not in first:
                header = _header(path, first.decode("utf-8-sig").rstrip("\r\n").split(","))
                rows = _fast_rows(path, header, file) if header.is_plain else None
                if rows is not None:
                    return header, rows
        with path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text)
            header = _header(path, next(reader, []))
            return header, list(_slow_rows(path, header, reader))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    except csv.Error as error:
        raise InputError(f"{path}: {error}") from error


def _header(path: Path, names: list[str]) -> _Header:
    """:raise InputError: no column for the people or for an idea, or an idea twice"""
    names = [name.strip() for name in names]
    if "participant" not in names:
        _fail(path, 1, "needs the column participant")
    columns = [number for number, name in enumerate(names) if name.isascii() and name.isdigit()]
    if not columns:
        _fail(path, 1, "no column is named by the number of a statement")
    first_at: dict[int, int] = {}
    for column in columns:
        idea = int(names[column])
        if idea in first_at:
            _fail(path, 1, f"statement {idea} stands there twice, in columns {first_at[idea] + 1} and {column + 1}")
        first_at[idea] = column
    return _Header(names, columns)


def _fast_rows(path: Path, header: _Header, file: Any) -> list[_Row] | None:
    """Return the rows; None where a cell is quoted, so that a row may run over several lines."""
    rows, first = [], header.columns[0]
    for line, raw in enumerate(file, start=2):
        if b'"' in raw:
            return None
        stripped = raw.rstrip(b"\r\n")
        if not stripped:
            continue
        head = stripped.split(b",", first)
        votes = _fast_votes(head[first], len(header.columns)) if len(head) > first else None
        cells = [part.decode("utf-8") for part in (head[:first] if votes else stripped.split(b","))]
        rows.append(_named_row(path, header, line, cells, *(votes or _slow_votes(path, header, line, cells))))
    return rows


def _fast_votes(tail: bytes, n_ideas: int) -> tuple[Floats, Floats] | None:
    """Return positions and values of the votes in `1,,-1,0`; None where something else stands there."""
    marks = np.frombuffer(tail, dtype=np.uint8)
    commas, ones, minus = marks == COMMA, marks == ONE, marks == MINUS
    digits = ones | (marks == ZERO)
    starts = np.concatenate([[True], commas[:-1]]) if len(marks) else np.zeros(0, dtype=bool)
    ends = np.concatenate([commas[1:], [True]]) if len(marks) else np.zeros(0, dtype=bool)
    after_minus = np.concatenate([[False], minus[:-1]]) if len(marks) else np.zeros(0, dtype=bool)
    well_formed = (
        commas.sum() == n_ideas - 1
        and bool((commas | digits | minus).all())
        and not bool((minus & ~starts).any())
        and not bool((minus & ends).any())
        and not bool((digits & ~(ends & (starts | (after_minus & ones)))).any())
    )
    if not well_formed:
        return None
    at = np.flatnonzero(digits)
    values = ones[at].astype(np.int8)
    values[after_minus[at]] = -1
    return np.cumsum(commas)[at].astype(np.int32), values


def _slow_rows(path: Path, header: _Header, reader: Any) -> Iterator[_Row]:
    for cells in reader:
        if cells:
            line = reader.line_num
            yield _named_row(path, header, line, cells, *_slow_votes(path, header, line, cells))


def _slow_votes(path: Path, header: _Header, line: int, cells: Sequence[str]) -> tuple[Floats, Floats]:
    """:raise InputError: a row of another length, a value that is no vote"""
    if len(cells) != len(header.names):
        _fail(path, line, f"has {len(cells)} cells, the first line {len(header.names)}")
    ideas, values = [], []
    for position, column in enumerate(header.columns):
        cell = cells[column].strip()
        if not cell:
            continue
        if cell not in VOTES:
            name = header.names[column]
            _fail(
                path, line, f"column {column + 1} (statement {name}): {cell!r} is no vote; votes are 1, 0, -1 or empty"
            )
        ideas.append(position)
        values.append(VOTES[cell])
    return np.array(ideas, dtype=np.int32), np.array(values, dtype=np.int8)


def _named_row(path: Path, header: _Header, line: int, cells: Sequence[str], ideas: Floats, values: Floats) -> _Row:
    """:raise InputError: no participant, a group that is no number"""
    person = cells[header.names.index("participant")].strip()
    if not person:
        _fail(path, line, "names no participant")
    group = ""
    if "group-id" in header.names:
        column = header.names.index("group-id")
        group = cells[column].strip() if column < len(cells) else ""
    if group and not (group.isascii() and group.isdigit()):
        _fail(path, line, f"the group {group!r} is no number")
    return _Row(line, person, int(group) if group else NO_GROUP, ideas, values)


def _read_comments(path: Path) -> tuple[dict[str, str], dict[str, float]]:
    """Return moderation and published consensus by statement.

    :raise InputError: no file, no UTF-8, a missing column, a statement twice, a value that means nothing
    """
    moderation: dict[str, str] = {}
    consensus: dict[str, float] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"comment-id", "moderated"} <= set(rows.fieldnames or ()):
                _fail(path, 1, "needs the columns comment-id and moderated")
            for row in rows:
                idea, state = (row["comment-id"] or "").strip(), (row["moderated"] or "").strip()
                if idea in moderation:
                    _fail(path, rows.line_num, f"statement {idea} stands there twice")
                if state not in MODERATION:
                    _fail(path, rows.line_num, f"column moderated: {state!r} is none of -1, 0, 1")
                moderation[idea] = state
                if row.get(CONSENSUS):
                    consensus[idea] = _number(path, rows.line_num, row[CONSENSUS])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    return moderation, consensus


def _number(path: Path, line: int, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        _fail(path, line, f"column {CONSENSUS}: {text!r} is no number")


def _fail(path: Path, line: int, fault: str) -> NoReturn:
    raise InputError(f"{path}, line {line}: {fault}")

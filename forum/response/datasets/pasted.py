"""Lines that people type or paste from a spreadsheet: a data dictionary and sample rows. Knows no database.

A line with a tab is split at tabs, any other at commas; quotes hold a comma together, as in CSV.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import StringIO

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.core.privacy import mask
from forum.core.text import clean_line, refuse_resident_numbers
from forum.response.datasets.models import MAX_CELL_CHARS, MAX_COLUMNS, MAX_SAMPLE_ROWS, ColumnType, DatasetColumn

MAX_PASTED_CHARS = 200_000
MAX_NAME_CHARS, MAX_MEANING_CHARS, MAX_UNIT_CHARS = 80, 300, 30
MOST_NAMED = 5  # wrong lines that one answer names
N_CELLS = 6
_INTEGER = re.compile(r"[+-]?[0-9]+")
_PHONE_LIKE = re.compile(r"\+|0[0-9]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True)
class ColumnLine:
    """One line of a data dictionary as it was typed, cleaned."""

    name: str
    meaning: str
    type: ColumnType
    unit: str = ""
    is_identifying: bool = False
    is_sensitive: bool = False


def read_dictionary(text: str) -> list[ColumnLine]:
    """Read lines of name, meaning, type, unit, identifying, sensitive; the last three may be left out.

    :raise InvalidInput: no line, too many, one that cannot be read, or a name that comes twice
    """
    wrong, found = _Wrong("columns"), []
    for n, cells in _lines(text, "columns", wrong):
        if not found and cells[0].strip().lower() in {_("이름"), _("열 이름"), "name"}:
            continue
        with wrong.at(n):
            found.append(_column(cells))
    wrong.raise_if_any()
    if not found:
        raise InvalidInput({"columns": _("열을 하나 이상 써 주세요.")})
    check_columns(found)
    return found


def read_rows(text: str, columns: Sequence[DatasetColumn | ColumnLine]) -> list[list[str]]:
    """Read sample rows, a cell for each column; phone numbers and mail addresses are masked.

    :raise InvalidInput: too many rows, cells that do not fit their columns, or a resident number
    """
    wrong, found = _Wrong("rows"), []
    for n, cells in _lines(text, "rows", wrong):
        if not found and [cell.strip() for cell in cells] == [one.name for one in columns]:
            continue
        with wrong.at(n):
            found.append(_row(cells, columns))
    wrong.raise_if_any()
    if len(found) > MAX_SAMPLE_ROWS:
        raise InvalidInput({"rows": _("예시 행은 %(most)s줄까지 쓸 수 있어요.", most=MAX_SAMPLE_ROWS)})
    return found


def fits(value: str, type_: ColumnType) -> bool:
    """Return whether a cell may stand in a column of this type; an empty one always may."""
    if not value or type_ in {ColumnType.TEXT, ColumnType.CODE}:
        return True
    if type_ is ColumnType.BOOLEAN:
        return value.lower() in _yes_words() | _no_words()
    if type_ is ColumnType.INTEGER:
        return _INTEGER.fullmatch(value) is not None
    if type_ is ColumnType.NUMBER:
        return _NUMBER.fullmatch(value) is not None
    return _is_time(value, date if type_ is ColumnType.DATE else datetime)


def rows_fit(rows: Sequence[Sequence[str]], columns: Sequence[ColumnLine]) -> bool:
    """Return whether rows have a cell that fits for each of these columns."""
    return all(
        len(row) == len(columns) and all(fits(cell, one.type) for cell, one in zip(row, columns, strict=True))
        for row in rows
    )


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines with commas, as `read_dictionary` and `read_rows` take them."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def dictionary_text(columns: Sequence[DatasetColumn]) -> str:
    """Return a dictionary as lines to be changed."""
    yes = _("예")
    return as_text(
        [
            [
                one.name,
                one.meaning,
                str(one.type.label),
                one.unit,
                yes if one.is_identifying else "",
                yes if one.is_sensitive else "",
            ]
            for one in columns
        ]
    )


class _Wrong:
    """Mistakes of lines, told together as the message of one field."""

    def __init__(self, field: str) -> None:
        self.field, self.messages = field, list[str]()

    @contextmanager
    def at(self, line: int) -> Iterator[None]:
        """Note what is refused in the block, and go on after it."""
        try:
            yield
        except InvalidInput as refused:
            self.add(line, refused.message)

    def add(self, line: int, message: str) -> None:
        self.messages.append(_("%(n)s번째 줄: %(words)s", n=line, words=message))

    def raise_if_any(self) -> None:
        """:raise InvalidInput: with the first few mistakes"""
        if self.messages:
            raise InvalidInput({self.field: " ".join(self.messages[:MOST_NAMED])})


def _lines(text: str, field: str, wrong: _Wrong) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line that is not blank."""
    if len(text) > MAX_PASTED_CHARS:
        raise InvalidInput({field: _("글이 너무 길어요. %(most)s자까지 붙여 넣을 수 있어요.", most=MAX_PASTED_CHARS)})
    for n, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if not line.strip():
            continue
        try:
            [cells] = csv.reader([line], delimiter="\t" if "\t" in line else ",", strict=True, skipinitialspace=True)
        except (csv.Error, ValueError):
            wrong.add(n, _("따옴표의 짝이 맞지 않아요."))
        else:
            yield n, cells


def _column(cells: Sequence[str]) -> ColumnLine:
    if not 3 <= len(cells) <= N_CELLS:
        message = _(
            "이름, 뜻, 종류, 단위, 알아볼 수 있음, 민감함의 차례로 써 주세요. 지금 %(n)s칸이에요.", n=len(cells)
        )
        raise InvalidInput({"columns": message})
    name, meaning, type_, unit, identifying, sensitive = [*cells, "", "", ""][:N_CELLS]
    return checked_column(ColumnLine(name, meaning, _type(type_), unit, _yes(identifying), _yes(sensitive)))


def checked_column(line: ColumnLine) -> ColumnLine:
    """Return a line of a dictionary cleaned.

    :raise InvalidInput: no name or meaning, too long, or a resident number
    """
    line = replace(
        line,
        name=clean_line(line.name, "columns", _("열 이름"), max_chars=MAX_NAME_CHARS),
        meaning=clean_line(line.meaning, "columns", _("열의 뜻"), max_chars=MAX_MEANING_CHARS),
        unit=clean_line(line.unit, "columns", _("단위"), max_chars=MAX_UNIT_CHARS, min_chars=0),
    )
    refuse_resident_numbers(f"{line.name} {line.meaning} {line.unit}", "columns")
    return line


def check_columns(lines: Sequence[ColumnLine]) -> None:
    """:raise InvalidInput: too many, or a name that comes twice"""
    if len(lines) > MAX_COLUMNS:
        raise InvalidInput({"columns": _("열은 %(most)s개까지 쓸 수 있어요.", most=MAX_COLUMNS)})
    names = [one.name for one in lines]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput({"columns": _("‘%(name)s’{이} 두 번 나와요. 열 이름은 서로 달라야 해요.", name=twice)})


def _type(text: str) -> ColumnType:
    typed = text.strip()
    for one in ColumnType:
        if typed.upper() == one.name or typed == str(one.label):
            return one
    names = ", ".join(str(one.label) for one in ColumnType)
    raise InvalidInput({"columns": _("종류는 %(names)s 가운데 하나예요.", names=names)})


def _yes(text: str) -> bool:
    typed = text.strip().lower()
    if typed not in _yes_words() | _no_words():
        raise InvalidInput({"columns": _("예나 아니요로 써 주세요.")})
    return typed in _yes_words()


def _yes_words() -> set[str]:
    return {_("예"), _("네"), "y", "yes", "o", "1", "true"}


def _no_words() -> set[str]:
    return {"", _("아니요"), _("아니오"), "n", "no", "x", "0", "false", "-"}


def _row(cells: Sequence[str], columns: Sequence[DatasetColumn | ColumnLine]) -> list[str]:
    if len(cells) != len(columns):
        message = _("열이 %(n)s개인데 칸이 %(cells)s개예요.", n=len(columns), cells=len(cells))
        raise InvalidInput({"rows": message})
    return [_cell(cell, column) for cell, column in zip(cells, columns, strict=True)]


def _cell(cell: str, column: DatasetColumn | ColumnLine) -> str:
    value = clean_line(cell, "rows", column.name, max_chars=MAX_CELL_CHARS, min_chars=0)
    refuse_resident_numbers(value, "rows")
    if not fits(value, column.type):
        message = _("‘%(name)s’ 칸에는 %(type)s만 쓸 수 있어요.", name=column.name, type=column.type.label)
        raise InvalidInput({"rows": message})
    return value if _is_plain_number(value, column.type) else mask(value).text


def _is_plain_number(value: str, type_: ColumnType) -> bool:
    """Return whether it is a number and no phone number: 16872100 kWh looks like one, 01012345678 is one."""
    return type_ in {ColumnType.INTEGER, ColumnType.NUMBER} and not _PHONE_LIKE.match(value)


def _is_time(value: str, kind: type[date]) -> bool:
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    return value.isascii()

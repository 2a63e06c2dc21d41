"""What people may ask of a table, checked against its dictionary: no text of theirs goes further than a bound value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forum.core.database import LabelledEnum
from forum.core.errors import InvalidInput, Mistakes
from forum.core.i18n import _, _l
from forum.core.text import clean_line
from forum.response.datasets.models import MAX_COLUMNS, ColumnType

MAX_VALUE_CHARS = 200
NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.NUMBER})
WORDS = frozenset({ColumnType.TEXT, ColumnType.CODE})
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")


class Operator(LabelledEnum):
    EQUALS = "EQUALS"
    DIFFERS = "DIFFERS"
    AT_LEAST = "AT_LEAST"
    AT_MOST = "AT_MOST"
    CONTAINS = "CONTAINS"
    EMPTY = "EMPTY"
    FILLED = "FILLED"

    __labels__ = {
        EQUALS: _l("같음"),
        DIFFERS: _l("다름"),
        AT_LEAST: _l("이상(부터)"),
        AT_MOST: _l("이하(까지)"),
        CONTAINS: _l("글자가 들어 있음"),
        EMPTY: _l("비어 있음"),
        FILLED: _l("비어 있지 않음"),
    }


WITHOUT_VALUE = frozenset({Operator.EMPTY, Operator.FILLED})


@dataclass(frozen=True)
class Column:
    """One line of the dictionary, in the order of the file."""

    name: str
    type: ColumnType
    unit: str = ""


@dataclass(frozen=True)
class Filter:
    """The rows whose cell in a column compares so with a value, as it was typed."""

    column: str
    operator: Operator
    value: str = ""


@dataclass(frozen=True)
class PreviewRequest:
    """What to show of a table; columns are named as in its dictionary.

    sort : column to sort by; empty for the order of the file
    group_by : column whose values are counted; empty for single rows
    sum_of : column of numbers to sum in each group
    """

    sort: str = ""
    is_descending: bool = False
    filter: Filter | None = None
    group_by: str = ""
    sum_of: str = ""


def checked(columns: Sequence[Column], request: PreviewRequest, *, is_withheld: bool) -> dict[str, Any]:
    """Return the request for the child: places instead of names, and a value in the type of its column.

    :param is_withheld: single rows are not open, so neither are filters: two of them give away what lies between
    :raise InvalidInput: one message for each field
    """
    refuse_wide(columns)
    places = {column.name: place for place, column in enumerate(columns)}
    mistakes = Mistakes()
    _check_names(columns, places, request, mistakes)
    if is_withheld and (request.sort or request.filter):
        mistakes.add("", _("이 자료는 묶은 값만 볼 수 있어서, 거르거나 줄을 세울 수 없어요."))
    wanted = None
    with mistakes.noted():
        wanted = _filter(columns, places, request.filter)
    mistakes.raise_if_any()
    return {
        "types": [column.type.value for column in columns],
        "filter": wanted,
        "sort": places.get(request.sort),
        "is_descending": bool(request.is_descending),
        "group_by": places.get(request.group_by),
        "sum_of": places.get(request.sum_of),
    }


def refuse_wide(columns: Sequence[Column]) -> None:
    """:raise InvalidInput: the table has no column, or more than a dictionary may have"""
    if not 0 < len(columns) <= MAX_COLUMNS:
        raise InvalidInput(_("열이 없거나 %(most)s개보다 많은 표는 미리 볼 수 없어요.", most=MAX_COLUMNS))


def _check_names(
    columns: Sequence[Column], places: Mapping[str, int], request: PreviewRequest, mistakes: Mistakes
) -> None:
    for field, name in (("sort", request.sort), ("by", request.group_by), ("sum", request.sum_of)):
        if name and name not in places:
            mistakes.add(field, _unknown_column())
    if request.sum_of in places and columns[places[request.sum_of]].type not in NUMBERS:
        mistakes.add("sum", _("수로 된 열만 더할 수 있어요."))
    if request.sum_of and not request.group_by:
        mistakes.add("by", _("더하려면 무엇끼리 묶을지 먼저 골라 주세요."))


def _unknown_column() -> str:
    return _("이 표에 없는 열이에요. 목록에서 골라 주세요.")


def _filter(columns: Sequence[Column], places: Mapping[str, int], wanted: Filter | None) -> dict[str, Any] | None:
    """:raise InvalidInput: no such column, or its type has no such comparison or value"""
    if wanted is None:
        return None
    if wanted.column not in places:
        raise InvalidInput({"column": _unknown_column()})
    type_ = columns[places[wanted.column]].type
    if wanted.operator is Operator.CONTAINS and type_ not in WORDS:
        raise InvalidInput({"op": _("글자로 된 열에서만 글자를 찾을 수 있어요.")})
    value = None if wanted.operator in WITHOUT_VALUE else _typed(wanted.value, type_)
    return {"column": places[wanted.column], "operator": wanted.operator.value, "value": value}


def _typed(value: str, type_: ColumnType) -> str:
    """Return a value as the database reads it in this type.

    :raise InvalidInput: it is none of this type
    """
    text = clean_line(value, "value", _("값"), max_chars=MAX_VALUE_CHARS)
    return _READERS[type_](text) if type_ in _READERS else text


def _integer(text: str) -> str:
    if not _INTEGER.fullmatch(text):
        raise InvalidInput({"value": _("이 열은 정수예요. 숫자 0~9로 18자리까지 써 주세요.")})
    return text


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise InvalidInput({"value": _("이 열은 수예요. 숫자 0~9와 소수점으로 써 주세요.")})
    return text


def _day(text: str) -> str:
    return _moment(text, date.fromisoformat, _("날짜를 2014-03-01처럼 써 주세요."))


def _time(text: str) -> str:
    return _moment(text, datetime.fromisoformat, _("날짜와 시각을 2026-03-01 09:00처럼 써 주세요."))


def _moment(text: str, read: Callable[[str], date], message: str) -> str:
    """Return a time as the database reads it; without a zone, as the cells have none."""
    try:
        moment = read(text) if text.isascii() else None
    except ValueError:
        moment = None
    if moment is None or getattr(moment, "tzinfo", None) is not None:
        raise InvalidInput({"value": message})
    return str(moment)


def _truth(text: str) -> str:
    known = {_("예"): "true", "true": "true", _("아니요"): "false", "false": "false"}
    if text not in known:
        raise InvalidInput({"value": _("이 열은 ‘예’나 ‘아니요’로 찾아요.")})
    return known[text]


_READERS: dict[ColumnType, Callable[[str], str]] = {
    ColumnType.INTEGER: _integer,
    ColumnType.NUMBER: _number,
    ColumnType.DATE: _day,
    ColumnType.DATETIME: _time,
    ColumnType.BOOLEAN: _truth,
}

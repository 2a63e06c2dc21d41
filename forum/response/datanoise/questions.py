"""What may be asked: a count, or a sum within bounds, for keys that were typed and never read from the data.

Who asks gives the keys and the bounds. Were they read from the file, they would tell of its rows without any noise.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from forum.core.errors import InvalidInput, Mistakes
from forum.core.i18n import _
from forum.core.text import clean_line, refuse_resident_numbers
from forum.response.datafiles.aggregate import GROUPING, NUMERIC
from forum.response.datasets.models import ColumnType, DatasetColumn

MAX_KEYS, MAX_KEY_CHARS, MAX_KEYS_CHARS = 100, 80, 4_000
MAX_BOUND = 100_000_000
_BOUND = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,3})?")
_EPSILON = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,3})?")


@dataclass(frozen=True)
class Question:
    """A count of rows by the values of a column, or a sum of another column, each cell cut to the bounds.

    keys : values that are asked for, in order, each once
    total : column to sum; empty to count rows
    lower, upper : bounds as decimal numbers; empty for a count
    """

    by: str
    keys: tuple[str, ...]
    total: str = ""
    lower: str = ""
    upper: str = ""

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Question:
        return cls(**(stored | {"keys": tuple(stored["keys"])}))

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"keys": list(self.keys)}

    def hash(self, file_id: int, epsilon_millis: int) -> str:
        """Return what is the same for the same question about the same file at the same price."""
        whole = json.dumps([file_id, epsilon_millis, self.as_json()], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()


@dataclass(frozen=True)
class Plan:
    """A question against a dictionary, in whole numbers: one unit is `1 / per_unit`.

    sensitivity : how much all cells together change at most if one row comes or goes
    """

    by: int
    total: int | None
    lower: Decimal
    upper: Decimal
    per_unit: int
    sensitivity: int

    def units(self, cell: str) -> int:
        """Return what a row adds to its cell: 1 for a count, else its number within the bounds."""
        if self.total is None:
            return 1
        if not cell:
            return 0
        part = min(max(Decimal(cell), self.lower), self.upper)
        return int((part * self.per_unit).to_integral_value(ROUND_HALF_EVEN))

    def figure(self, units: int) -> str:
        return f"{Decimal(units) / self.per_unit:f}"


def typed_question(
    columns: Iterable[DatasetColumn], by: str, keys: str, total: str, lower: str, upper: str
) -> Question:
    """Return a question as it was typed.

    :raise InvalidInput: no such columns, no keys or too many, or bounds that are none
    """
    mistakes, by_name = Mistakes(), {one.name: one for one in columns}
    if by not in by_name or by_name[by].type not in GROUPING:
        mistakes.add("by", _("나눌 열을 목록에서 골라 주세요."))
    if total and (total not in by_name or by_name[total].type not in NUMERIC):
        mistakes.add("total", _("더할 열을 목록에서 골라 주세요."))
    found: tuple[str, ...] = ()
    with mistakes.noted():
        found = _keys(keys)
    if not total:
        mistakes.raise_if_any()
        return Question(by, found)
    bounds = {}
    for field, typed in (("lower", lower), ("upper", upper)):
        with mistakes.noted():
            bounds[field] = _bound(typed, field)
    if len(bounds) == len(("lower", "upper")) and bounds["lower"] >= bounds["upper"]:
        mistakes.add("upper", _("가장 큰 값은 가장 작은 값보다 커야 해요."))
    mistakes.raise_if_any()
    return Question(by, found, total, *(f"{bounds[field].normalize():f}" for field in ("lower", "upper")))


def typed_epsilon(typed: str, field: str) -> int:
    """Return an epsilon in thousandths.

    :raise InvalidInput: not a number with up to three decimals above 0
    """
    text = typed.strip()
    millis = int(Decimal(text) * 1000) if _EPSILON.fullmatch(text) else 0
    if millis < 1:
        raise InvalidInput({field: _("0.001부터, 소수점 아래 세 자리까지의 수로 써 주세요.")})
    return millis


def plan_of(question: Question, columns: Iterable[DatasetColumn]) -> Plan:
    """Return how a question is answered from a file of this dictionary."""
    by_name = {one.name: one for one in columns}
    by = by_name[question.by].position
    if not question.total:
        return Plan(by, None, Decimal(0), Decimal(1), 1, 1)
    column = by_name[question.total]
    per_unit = 1 if column.type is ColumnType.INTEGER and "." not in question.lower + question.upper else 1_000
    lower, upper = Decimal(question.lower), Decimal(question.upper)
    return Plan(by, column.position, lower, upper, per_unit, int(max(abs(lower), abs(upper)) * per_unit))


def _keys(typed: str) -> tuple[str, ...]:
    """:raise InvalidInput: none, too many, or one too long"""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    keys = sorted({clean_line(line, "keys", _("값"), max_chars=MAX_KEY_CHARS) for line in lines[: MAX_KEYS + 1]})
    if not keys or len(lines) > MAX_KEYS:
        raise InvalidInput({"keys": _("알고 싶은 값을 한 줄에 하나씩, %(n)s개까지 써 주세요.", n=MAX_KEYS)})
    for key in keys:
        refuse_resident_numbers(key, "keys")
    return tuple(keys)


def _bound(typed: str, field: str) -> Decimal:
    text = typed.strip()
    if not _BOUND.fullmatch(text) or abs(Decimal(text)) > MAX_BOUND:
        message = _("-1억부터 1억 사이의 수를, 소수점 아래 세 자리까지 써 주세요.")
        raise InvalidInput({field: message})
    return Decimal(text) + 0  # no -0, which is 0 and reads otherwise

"""The chart of a use: typed as lines "name, number", checked line by line, and told in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.errors import InvalidInput, Mistakes
from forum.core.i18n import _
from forum.core.privacy import mask
from forum.core.text import clean_line, refuse_resident_numbers
from forum.response.datauses.models import MAX_CHART_TITLE_CHARS, MAX_UNIT_CHARS, DataUse

MIN_ROWS = 2
MAX_ROWS = 24
MAX_LABEL_CHARS = 40
MAX_CHART_CHARS = 4_000
"""Of the lines as typed; more is refused before it is read."""
MOST_MISTAKES = 5
THUMB_BARS = 5
NO_CHART: dict[str, Any] = {"chart_title": "", "chart_unit": "", "chart_rows": []}
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,11}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,3})?")
"""At most 15 digits, which a float holds exactly. A leading zero is no number but a telephone's."""
_PARTED = re.compile(r"[,\t]")


@dataclass(frozen=True)
class TypedChart:
    """What somebody typed. All empty: no chart."""

    title: str = ""
    unit: str = ""
    lines: str = ""

    def checked(self) -> dict[str, Any]:
        """Return the values of the columns.

        :raise InvalidInput: a title without rows or the other way round, a line that is no name and number, personal
            data, or too much
        """
        mistakes = Mistakes()
        values: dict[str, Any] = dict(NO_CHART)
        with mistakes.noted():
            values["chart_title"] = _plain(self.title, "chart_title", _("그림 제목"), MAX_CHART_TITLE_CHARS)
        with mistakes.noted():
            values["chart_unit"] = _plain(self.unit, "chart_unit", _("단위"), MAX_UNIT_CHARS)
        with mistakes.noted():
            values["chart_rows"] = _rows(self.lines)
        if self.lines.strip() and not self.title.strip():
            mistakes.add("chart_title", _("무엇을 나타낸 그림인지 제목을 적어 주세요."))
        if self.title.strip() and not self.lines.strip():
            mistakes.add("chart_rows", _("막대의 이름과 수를 한 줄에 하나씩 적어 주세요."))
        mistakes.raise_if_any()
        return values if values["chart_rows"] else dict(NO_CHART)


@dataclass(frozen=True)
class Bar:
    label: str
    value: float

    @property
    def words(self) -> str:
        return number_words(self.value)


@dataclass(frozen=True)
class UseChart:
    """A chart as pages draw it. `title` has the unit; `words` says what is largest and smallest.

    bars : none if a number is below zero, because a bar has no such length
    """

    title: str
    words: str
    rows: Sequence[Bar]

    @property
    def bars(self) -> list[dict[str, Any]]:
        if any(row.value < 0 for row in self.rows):
            return []
        return [{"label": row.label, "value": row.value} for row in self.rows]

    @property
    def thumb(self) -> list[float]:
        """Return the first bars' lengths, 0..1, for a small picture without numbers."""
        most = max((row.value for row in self.rows), default=0)
        return [row.value / most for row in self.rows[:THUMB_BARS]] if self.bars and most else []

    @property
    def lines(self) -> list[list[str]]:
        return [[row.label, row.words] for row in self.rows]


def chart_of(use: DataUse) -> UseChart | None:
    """Return the chart of a use, if it has one."""
    if not use.chart_rows:
        return None
    rows = [Bar(str(label), value) for label, value in use.chart_rows]
    title = _("%(title)s(단위: %(unit)s)", title=use.chart_title, unit=use.chart_unit) if use.chart_unit else ""
    return UseChart(title or use.chart_title, _words(rows, use.chart_unit), rows)


def typed_lines(use: DataUse) -> str:
    """Return the rows of a chart as its author types them."""
    return "\n".join(f"{label}, {value}" for label, value in use.chart_rows)


def small_figures(use: DataUse) -> list[str]:
    """Return the rows whose number could be a count of so few people that it must not get out, for whoever checks."""
    found = [(label, value) for label, value in use.chart_rows if 0 < value < MIN_PEOPLE_PER_CELL]
    return [f"{label} {number_words(value)}" for label, value in found if value == int(value)]


def _words(rows: Sequence[Bar], unit: str) -> str:
    most, least = max(rows, key=lambda row: row.value), min(rows, key=lambda row: row.value)
    if most.value == least.value:
        return _("모두 %(value)s%(unit)s{으로} 같아요.", value=most.words, unit=unit)
    told = {"most": most.label, "n": most.words, "least": least.label, "m": least.words, "unit": unit}
    return _("가장 큰 것은 ‘%(most)s’(%(n)s%(unit)s), 가장 작은 것은 ‘%(least)s’(%(m)s%(unit)s)예요.", **told)


def _rows(lines: str) -> list[list[Any]]:
    """:raise InvalidInput: one message that names the first lines that are wrong"""
    if len(lines) > MAX_CHART_CHARS:
        raise InvalidInput({"chart_rows": _too_many()})
    typed = [(number, line) for number, line in enumerate(lines.splitlines(), start=1) if line.strip()]
    if len(typed) > MAX_ROWS:
        raise InvalidInput({"chart_rows": _too_many()})
    if len(typed) == 1:
        raise InvalidInput({"chart_rows": _("견줄 수 있게 두 줄보다 적지 않게 적어 주세요.")})
    rows, wrong = [], []
    for number, line in typed:
        try:
            rows.append(_row(line))
        except InvalidInput as error:
            wrong.append(_("%(n)s번째 줄: %(why)s", n=number, why=error.errors["chart_rows"]))
    labels = [row[0] for row in rows]
    wrong.extend(_("‘%(label)s’{이} 두 번 나와요.", label=one) for one in sorted(set(labels)) if labels.count(one) > 1)
    if wrong:
        raise InvalidInput({"chart_rows": "\n".join(wrong[:MOST_MISTAKES])})
    return rows


def _row(line: str) -> list[Any]:
    parts = _PARTED.split(line, maxsplit=1)
    if len(parts) == 1:
        raise InvalidInput({"chart_rows": _("이름과 수 사이에 쉼표를 넣어 주세요. 예: 병원, 17.8")})
    label = _plain(parts[0], "chart_rows", _("이름"), MAX_LABEL_CHARS, min_chars=1)
    if label[0] in "=@":
        raise InvalidInput({"chart_rows": _("이름은 = 이나 @로 시작할 수 없어요.")})
    return [label, _number(parts[1].strip())]


def _number(text: str) -> int | float:
    text = text.replace("\u2212", "-")
    if not _NUMBER.fullmatch(text):
        message = _("쉼표 뒤에는 수만 써 주세요. 열두 자리까지, 소수점 아래는 셋까지예요. 단위는 단위 칸에 적어요.")
        raise InvalidInput({"chart_rows": message})
    value = float(text.replace(",", ""))
    return int(value) if value == int(value) else value


def _plain(text: str, field: str, name: str, max_chars: int, min_chars: int = 0) -> str:
    """:raise InvalidInput: too long, empty where it must not be, or with personal data, which a chart has no use for"""
    text = clean_line(text, field, name, max_chars=max_chars, min_chars=min_chars)
    refuse_resident_numbers(text, field)
    if mask(text).text != text:
        message = _("%(name)s에 전화번호나 이메일 같은 개인정보를 쓸 수 없어요.", name=name)
        raise InvalidInput({field: message})
    return text


def _too_many() -> str:
    return _("그림은 %(n)s줄까지예요. 큰 것부터 추려 적어 주세요.", n=MAX_ROWS)


def number_words(value: float) -> str:
    return f"{int(value) if value == int(value) else value:,}"

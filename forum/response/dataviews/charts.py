"""What groups of a table show: a sentence, bars, and all numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forum.core.i18n import _
from forum.response.dataviews.asking import Column, PreviewRequest
from forum.response.dataviews.engine import Group, PreviewResult

MAX_BARS = 20
DECIMALS = 2


@dataclass(frozen=True)
class Chart:
    """A picture of groups with its words.

    title : what is counted or summed by what
    words : the finding, in a sentence
    bars : `label` and `value` of the first groups, for `ui.bar_chart`; empty where a sum is below zero
    head : names and kinds of the table's columns
    lines : the table's cells
    """

    title: str
    words: str
    bars: list[dict[str, Any]]
    head: list[tuple[str, str]]
    lines: list[list[str]]


def chart_of(result: PreviewResult, request: PreviewRequest, columns: Sequence[Column]) -> Chart | None:
    """Return the picture of a result's groups; None where it has none."""
    if not result.groups:
        return None
    of = next((column for column in columns if column.name == request.sum_of), None)
    unit = (of.unit if of else "") or ("" if of else _("행"))
    values = [_value(group, of) for group in result.groups]
    title = _("%(by)s마다 행의 수", by=request.group_by)
    head = [(request.group_by, ""), (_("행"), "number")]
    if of:
        title = _("%(by)s마다 %(of)s의 합", by=request.group_by, of=of.name)
        name = _("%(of)s의 합(%(unit)s)", of=of.name, unit=of.unit) if of.unit else _("%(of)s의 합", of=of.name)
        head.append((name, "number"))
    return Chart(title, _finding(result.groups, values, unit), _bars(result.groups, values), head, _lines(result, of))


def label_of(group: Group) -> str:
    return _("(빈칸)") if group.label is None else group.label


def number_words(value: float) -> str:
    """Return a number as people read it, with at most two decimals."""
    return f"{_rounded(value):,}"


def _rounded(value: float) -> float:
    rounded = round(value, DECIMALS)
    return int(rounded) if rounded == int(rounded) else rounded


def _value(group: Group, of: Column | None) -> float | None:
    return group.total if of else group.n


def _finding(groups: Sequence[Group], values: Sequence[float | None], unit: str) -> str:
    numbers = [value for value in values if value is not None]
    if not numbers:
        return _("더할 수 있는 칸이 없어요.")
    most = max(numbers)
    if numbers.count(most) > 1:
        return _("가장 큰 값은 %(value)s%(unit)s이고, 같은 값이 더 있어요.", value=number_words(most), unit=unit)
    label = label_of(groups[list(values).index(most)])
    return _("‘%(label)s’{이} %(value)s%(unit)s{로} 가장 커요.", label=label, value=number_words(most), unit=unit)


def _bars(groups: Sequence[Group], values: Sequence[float | None]) -> list[dict[str, Any]]:
    """Return the first groups as bars; a bar has no length below zero, so then there are none."""
    if any(value is not None and value < 0 for value in values):
        return []
    drawn = [(label_of(group), value) for group, value in zip(groups, values, strict=True) if value is not None]
    return [{"label": label, "value": _rounded(value)} for label, value in drawn[:MAX_BARS]]


def _lines(result: PreviewResult, of: Column | None) -> list[list[str]]:
    lines = []
    for group in result.groups:
        line = [label_of(group), f"{group.n:,}"]
        if of:
            line.append("–" if group.total is None else number_words(group.total))
        lines.append(line)
    return lines

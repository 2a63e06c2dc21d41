"""Arithmetic of the server-made pictures in templates/components: shares, blocks by size, places on a line of time.

A picture is SVG with places in percent of its width, so that one fits every screen and its words keep their size.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from forum.core.i18n import _
from forum.core.korean import thousands

MAP_SIZE = (440.0, 440.0)
"""The shape for which blocks are laid out, between that of a phone and that of a desk."""
MAX_BLOCKS = 12
MIN_BLOCK_SHARE = 0.035  # of the picture: about 65 × 75 px on a phone, enough for a few words
MAX_TICKS, MAX_DAY_TICKS = 5, 4  # as many words for months and for days as fit side by side on a phone
WEEK, SHORT_SPAN = 7, 125
CLEARLY = 1.15  # how many times the next number one must be to be called the largest


def percent(part: float, whole: float) -> int:
    """Return a share as a whole percent. 0 and 100 mean none and all: 999 of 1,000 is 99."""
    if part <= 0 or whole <= 0:
        return 0
    return 100 if part >= whole else min(99, max(1, int(100 * part / whole + 0.5)))


def share_words(part: float, whole: float) -> str:
    """Return a share in words: 12%, or 1% 미만 for what is there but rounds to nothing."""
    if 0 < part < whole / 100:
        return _("1% 미만")
    return _("%(n)d%%", n=percent(part, whole))


def finding_of(rows: Sequence[Any], unit: str) -> str:
    """Return what parts of a whole show, in a sentence: which is clearly the largest, or the smallest, or that none is.

    :param rows: each with `label` and `value`; one whose `url` is empty holds the rest, which is neither
    :param unit: what follows the numbers
    """
    total = sum(row.value for row in rows)
    named = sorted((row for row in rows if getattr(row, "url", None) != ""), key=lambda row: -row.value)
    all_of_them = _("모두 %(n)s%(unit)s", n=thousands(total), unit=unit)
    if not named:
        return _("%(all)s{을} 그렸어요.", all=all_of_them)
    if len(named) == 1 or named[0].value >= CLEARLY * named[1].value:
        share = share_words(named[0].value, total)
        return _(
            "%(all)s 가운데 ‘%(label)s’{이} 가장 많아요(%(share)s).", all=all_of_them, label=named[0].label, share=share
        )
    last, value = named[-1], thousands(named[-1].value)
    if CLEARLY * last.value <= named[-2].value:
        return _(
            "%(all)s이고, ‘%(label)s’{이} %(value)s%(unit)s{로} 가장 적어요.",
            all=all_of_them,
            label=last.label,
            value=value,
            unit=unit,
        )
    return _("%(all)s이고, 두드러지게 많거나 적은 것은 없어요.", all=all_of_them)


@dataclass(frozen=True)
class Block:
    """A thing of a picture by size, with its place in percent of the picture."""

    item: Any
    x: float
    y: float
    width: float
    height: float


def blocks(items: Iterable[Any]) -> list[Block]:
    """Return the largest items (by `value`) as blocks that fill a picture, the largest first.

    Left out are those beyond `MAX_BLOCKS` and those that would be too small to be touched.
    """
    drawn = sorted((item for item in items if item.value > 0), key=lambda item: -item.value)[:MAX_BLOCKS]
    while drawn and drawn[-1].value < MIN_BLOCK_SHARE * sum(item.value for item in drawn):
        drawn.pop()
    return (
        list(map(Block, drawn, *zip(*_squarify([float(item.value) for item in drawn]), strict=True))) if drawn else []
    )


def _squarify(values: Sequence[float]) -> list[tuple[float, float, float, float]]:
    """Divide the picture into rectangles of these sizes that are as square as possible.

    Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000): rows are laid along the shorter side of what is left;
    a row ends where a further item would make its longest rectangle longer.

    :return: x, y, width and height in percent, in the order of `values`
    """
    full_width, full_height = MAP_SIZE
    scale = full_width * full_height / (sum(values) or 1)
    areas = [value * scale for value in values]
    x, y, width, height = 0.0, 0.0, full_width, full_height
    placed: list[tuple[float, float, float, float]] = []
    while areas:
        side = min(width, height)
        n = 1
        while n < len(areas) and _longest(areas[: n + 1], side) <= _longest(areas[:n], side):
            n += 1
        row, areas = areas[:n], areas[n:]
        depth, offset = sum(row) / side, 0.0
        for area in row:
            length = area / depth
            placed.append((x, y + offset, depth, length) if width >= height else (x + offset, y, length, depth))
            offset += length
        if width >= height:
            x, width = x + depth, width - depth
        else:
            y, height = y + depth, height - depth
    return [
        (100 * left / full_width, 100 * top / full_height, 100 * wide / full_width, 100 * high / full_height)
        for left, top, wide, high in placed
    ]


def _longest(row: Sequence[float], side: float) -> float:
    """Return the worst ratio of sides in a row of areas along `side`."""
    depth = sum(row) / side
    return max(max(area / depth / depth, depth * depth / area) for area in row)


class Spanned(Protocol):
    """Something with a first and a last day, such as a row of `clock_timeline`."""

    @property
    def starts_on(self) -> date: ...

    @property
    def ends_on(self) -> date: ...


@dataclass(frozen=True)
class TimeScale:
    """Days from left to right. `at` gives a day's place in percent."""

    starts_on: date
    ends_on: date

    def at(self, day: date) -> float:
        return round(100 * (day - self.starts_on).days / (self.ends_on - self.starts_on).days, 2)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Return places and words of a few days: week by week, or the first days of months."""
        n_days = (self.ends_on - self.starts_on).days
        if n_days <= SHORT_SPAN:
            step = WEEK * -(-n_days // (WEEK * MAX_DAY_TICKS))
            days = [self.starts_on + timedelta(days=n) for n in range(0, n_days + 1, step)]
            return [(self.at(day), _("%(month)d월 %(day)d일", month=day.month, day=day.day)) for day in days]
        months = list(_first_days(self.starts_on, self.ends_on))
        shown = months[:: -(-len(months) // MAX_TICKS)]
        years = {day.year for day in shown}
        return [(self.at(day), self._month(day, len(years) > 1)) for day in shown]

    @staticmethod
    def _month(day: date, with_year: bool) -> str:
        if with_year:
            return _("%(year)d.%(month)d", year=day.year, month=day.month)
        return _("%(month)d월", month=day.month)


def time_scale(rows: Iterable[Spanned], today: date) -> TimeScale:
    """Return the scale on which all rows and today have a place."""
    rows = list(rows)
    starts_on = min([today, *(row.starts_on for row in rows)])
    ends_on = max([today, *(row.ends_on for row in rows)])
    return TimeScale(starts_on, max(ends_on, starts_on + timedelta(days=1)))


def _first_days(starts_on: date, ends_on: date) -> Iterable[date]:
    """Yield the first days of months from `starts_on` to `ends_on`."""
    day = starts_on if starts_on.day == 1 else _next_month(starts_on)
    while day <= ends_on:
        yield day
        day = _next_month(day)


def _next_month(day: date) -> date:
    return day.replace(day=1) + timedelta(days=calendar.monthrange(day.year, day.month)[1])

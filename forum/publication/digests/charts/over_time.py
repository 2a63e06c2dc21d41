"""Ideas over time, as columns, with the period of the digest marked."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil, floor, log10

import pandas as pd

from forum.core.clock import SEOUL
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.charts.page import Page
from forum.publication.digests.charts.style import (
    BLUE,
    FRAME,
    GRID,
    INK,
    MARGIN,
    PALE,
    SMALL,
    SOFT,
    WIDTH,
    day,
    fitted,
    width_of,
)
from forum.publication.digests.content import DigestContent, Period, Points
from forum.publication.digests.document import Chart, Column, ColumnKind, Table

TOP, HIGH, BOTTOM = 12.0, 40.0, 10.0
BRACKET = 7.0  # height at which the period is marked
LABEL_WIDTH = 17.0  # of a day below the columns
MAX_COLUMNS = 31  # a month of days; the table beside has as many rows
WIDEST, GAP = 12.0, 0.2  # of a column, and the share of its slot that stays free
MAX_TICKS = 4
WEEK = 7


def columns_over_time(content: DigestContent) -> Chart | None:
    """Return the columns; None where no idea came."""
    points = _readable(content.over_time)
    counts = [n for _day, n in points.points]
    if not any(counts):
        return None
    page = Page(TOP + HIGH + BOTTOM, is_sample=content.is_sample)
    ticks = _ticks(max(counts))
    left = MARGIN + max(width_of(thousands(tick), SMALL) for tick in ticks) + 2
    slot = min(WIDEST, (WIDTH - MARGIN - left) / len(counts))
    _draw_period(page, content.period, points, left, slot)
    for tick in ticks:
        page.line([left, WIDTH - MARGIN], [_down(tick, ticks[-1])] * 2, GRID if tick else INK)
        page.text(left - 1.5, _down(tick, ticks[-1]), thousands(tick), size=SMALL, colour=SOFT, align="right")
    _draw_columns(page, counts, left, slot, ticks[-1])
    _draw_days(page, points, left, slot)
    return page.chart("over_time", _title(points.days), _finding(content, points), _table(content.period, points))


def _readable(given: Points) -> Points:
    """Return at most MAX_COLUMNS columns: days become weeks, and more of them if need be."""
    folded = ceil(len(given.points) / MAX_COLUMNS)
    if folded <= 1:
        return given
    if given.days == 1:
        folded = WEEK * ceil(folded / WEEK)
    parts = [given.points[start : start + folded] for start in range(0, len(given.points), folded)]
    return Points(given.days * folded, tuple((part[0][0], sum(n for _day, n in part)) for part in parts))


def _ticks(most: int) -> list[int]:
    """Return round numbers from 0 up to one that is not below `most`."""
    tens = 10 ** floor(log10(max(most / MAX_TICKS, 1)))
    step = next(tens * n for n in (1, 2, 5, 10) if tens * n * MAX_TICKS >= most)
    return list(range(0, ceil(most / step) * step + 1, step))


def _down(n: int, most: int) -> float:
    return TOP + HIGH * (1 - n / most)


def _draw_period(page: Page, period: Period, points: Points, left: float, slot: float) -> None:
    """Mark the days of the period behind the columns, and name them above."""
    if period.from_day is None or not any(_is_within(period, points, start) for start, _n in points.points):
        return
    first = points.points[0][0]
    starts, ends = ((moment - first).days / points.days for moment in (period.from_day, _after(period.to_day)))
    right_end = len(points.points)
    x, end = (left + slot * min(max(place, 0), right_end) for place in (starts, ends))
    page.box(x, BRACKET, end - x, TOP + HIGH - BRACKET, fill=PALE)
    for side in (x, end):
        page.line([side, side], [BRACKET, TOP + HIGH], FRAME, is_dashed=True)
    page.line([x, end], [BRACKET, BRACKET], INK, 1.2)
    (words,) = fitted(_("이 보고서의 기간: %(label)s", label=period.label), WIDTH - left - MARGIN, SMALL)
    half = width_of(words, SMALL) / 2
    middle = min(max((x + end) / 2, left + half), WIDTH - MARGIN - half)
    page.text(middle, BRACKET - 2.8, words, size=SMALL, align="center")


def _after(moment: date) -> date:
    return moment + timedelta(days=1)


def _draw_columns(page: Page, counts: list[int], left: float, slot: float, most: int) -> None:
    labels = [thousands(n) for n in counts]
    all_fit = max(width_of(words, SMALL) for words in labels) <= slot
    for place, (n, words) in enumerate(zip(counts, labels, strict=True)):
        y, x = _down(n, most), left + slot * (place + GAP / 2)
        page.box(x, y, slot * (1 - GAP), TOP + HIGH - y, fill=BLUE)
        if n and (all_fit or place == counts.index(max(counts))):
            half = width_of(words, SMALL) / 2
            middle = min(max(left + slot * (place + 0.5), left + half), WIDTH - MARGIN - half)
            page.text(middle, y - 2, words, size=SMALL, align="center", is_bold=True)


def _draw_days(page: Page, points: Points, left: float, slot: float) -> None:
    """Name the first days of columns as far as there is room, with the year where it begins."""
    year = 0
    for place in range(0, len(points.points), max(1, ceil(LABEL_WIDTH / slot))):
        start = points.points[place][0]
        words = day(start, start.year)
        half = width_of(words, SMALL) / 2
        middle = min(max(left + slot * (place + 0.5), half + MARGIN), WIDTH - MARGIN - half)
        page.text(middle, TOP + HIGH + 3, words, size=SMALL, colour=SOFT, align="center")
        if start.year != year:
            year = start.year
            page.text(middle, TOP + HIGH + 6.7, _("%(year)s년", year=year), size=SMALL, colour=SOFT, align="center")


def _is_within(period: Period, points: Points, start: date) -> bool:
    """Return whether a column has a day of the period."""
    last = start + timedelta(days=points.days - 1)
    return (period.from_day is None or last >= period.from_day) and start <= period.to_day


def _title(days: int) -> str:
    if days == 1:
        return _("날마다 들어온 제안")
    if days == WEEK:
        return _("한 주마다 들어온 제안")
    if days % WEEK == 0:
        return _("%(n)s주마다 들어온 제안", n=days // WEEK)
    return _("%(n)s일마다 들어온 제안", n=days)


def _finding(content: DigestContent, points: Points) -> str:
    counts = [n for _day, n in points.points]
    total, most = sum(counts), max(counts)
    at = day(points.points[counts.index(most)][0], content.period.to_day.year)
    said = {"total": thousands(total), "n": thousands(most)}
    in_period = _ideas_in_period(content, points)
    now = "" if in_period is None else thousands(in_period)
    if counts.count(most) > 1:
        return _finding_of_equals(points.days, at, counts.count(most), said, now)
    said["when"] = _("%(day)s에", day=at) if points.days == 1 else _during(at, points.days)
    if most == total:
        return _("제안 %(total)s건이 %(when)s 들어왔어요.", **said)
    if not now:
        return _("제안 %(total)s건 가운데 %(when)s 가장 많은 %(n)s건이 들어왔어요.", **said)
    return _(
        "제안 %(total)s건 가운데 %(when)s 가장 많은 %(n)s건이 들어왔고, 이 보고서의 기간에는 %(now)s건이 들어왔어요.",
        now=now,
        **said,
    )


def _finding_of_equals(days: int, first: str, times: int, said: dict[str, str], now: str) -> str:
    """Tell of several columns that are equally high. :param now: ideas in the period, or empty"""
    first = first if days == 1 else _("%(day)s부터", day=first)
    values = said | {"span": _span(days), "first": first, "k": str(times)}
    if not now:
        return _("제안 %(total)s건은 %(span)s 많게는 %(n)s건씩(%(first)s 등 %(k)s번) 들어왔어요.", **values)
    return _(
        "제안 %(total)s건은 %(span)s 많게는 %(n)s건씩(%(first)s 등 %(k)s번) 들어왔고, "
        "이 보고서의 기간에는 %(now)s건이 들어왔어요.",
        now=now,
        **values,
    )


def _during(from_day: str, days: int) -> str:
    if days == WEEK:
        return _("%(day)s부터 한 주 동안", day=from_day)
    if days % WEEK == 0:
        return _("%(day)s부터 %(n)s주 동안", day=from_day, n=days // WEEK)
    return _("%(day)s부터 %(n)s일 동안", day=from_day, n=days)


def _span(days: int) -> str:
    if days == 1:
        return _("하루에")
    if days == WEEK:
        return _("한 주에")
    return _("%(n)s주에", n=days // WEEK) if days % WEEK == 0 else _("%(n)s일에", n=days)


def _ideas_in_period(content: DigestContent, points: Points) -> int | None:
    """Return the sum of the columns in the period; None if these are all of them, or have days outside it."""
    period, cut = content.period, content.data_cut_at.astimezone(SEOUL).date()
    within = [(start, n) for start, n in points.points if _is_within(period, points, start)]
    if period.from_day is None or len(within) in {0, len(points.points)}:
        return None
    last_day = min(within[-1][0] + timedelta(days=points.days - 1), cut)
    return sum(n for _day, n in within) if within[0][0] >= period.from_day and last_day <= period.to_day else None


def _table(period: Period, points: Points) -> Table:
    columns: tuple[Column, ...] = (
        Column("from_day", _("시작하는 날"), ColumnKind.DATE, _("이 날부터 센 수예요."), 13),
        Column("ideas", _("제안"), ColumnKind.INTEGER, _("그동안 들어온 제안의 수예요.")),
        Column("in_period", _("보고서의 기간"), ColumnKind.YES, _("이 보고서의 기간에 든 날이 있으면 ‘예’예요."), 13),
    )
    if period.from_day is None:
        columns = columns[:2]
    rows = [(start, n, _is_within(period, points, start))[: len(columns)] for start, n in points.points]
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return Table("over_time_chart", _("%(title)s의 수", title=_title(points.days)), columns, frame)

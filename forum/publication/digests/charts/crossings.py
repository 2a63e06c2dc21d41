"""Ideas of each sector from each region, as a table with darker cells for more of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.colors import to_hex, to_rgb

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.charts.page import Page, line_step, note_height, write_note
from forum.publication.digests.charts.style import (
    BLACK,
    FRAME,
    MARGIN,
    SMALL,
    WHITE,
    WIDTH,
    contrast,
    drawable,
    fitted,
    width_of,
)
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Chart, Column, ColumnKind, Table

MAX_ROWS, MAX_COLUMNS = 18, 10
HEAD, ROW = 9.0, 6.0
MAX_NAMES, MAX_CELL = 40.0, 22.0
LIGHTEST, DARKEST = to_rgb("#eef4fd"), to_rgb("#0b50d0")
HATCH = "//////"
Cells = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Heat:
    """:param cells: known counts by (row, column); all others are hidden. :param n_left_out: rows and columns"""

    rows: list[str]
    columns: list[str]
    cells: Cells
    sectors_are_rows: bool
    n_left_out: int

    @property
    def n_hidden(self) -> int:
        return len(self.rows) * len(self.columns) - len(self.cells)


def heat_table(content: DigestContent) -> Chart | None:
    """Return the table as a picture, the longer side down; None where every cell is hidden, or there is one only."""
    heat = _heat(content)
    if not any(heat.cells.values()) or len(heat.rows) == len(heat.columns) == 1:
        return None
    names = min(MAX_NAMES, max(width_of(drawable(name), SMALL) for name in heat.rows) + 3) + MARGIN
    width = min(MAX_CELL, (WIDTH - MARGIN - names) / len(heat.columns))
    note = _note(heat)
    bottom = HEAD + ROW * len(heat.rows)
    page = Page(bottom + 2 + note_height(note), is_sample=content.is_sample)
    for place, name in enumerate(heat.columns):
        lines = fitted(name, width - 0.6, SMALL, lines=2)
        y = HEAD - 1 - len(lines) * line_step(SMALL) / 2
        page.lines(names + width * (place + 0.5), y, lines, size=SMALL, align="center")
    for place, name in enumerate(heat.rows):
        y = HEAD + ROW * place
        page.lines(names - 2, y + ROW / 2, fitted(name, names - 2, SMALL), size=SMALL, align="right")
        _draw_row(page, heat, name, names, y, width)
    write_note(page, bottom + 2, note)
    return page.chart("crossings", _("부문과 지역"), _finding(heat), _table(heat))


def _heat(content: DigestContent) -> Heat:
    """Return the counts that may be shown, the longer side as rows; of too many rows or columns the fullest."""
    known = {(one.sector, one.region): one.ideas for one in content.crossings if one.ideas is not None}
    sectors = list(dict.fromkeys(one.sector for one in content.crossings))
    regions = list(dict.fromkeys(one.region for one in content.crossings))
    sectors_are_rows = len(sectors) >= len(regions)
    if not sectors_are_rows:
        known = {(region, sector): n for (sector, region), n in known.items()}
    rows, columns = (sectors, regions) if sectors_are_rows else (regions, sectors)
    kept_rows = _fullest(rows, MAX_ROWS, lambda name: sum(n for (row, _column), n in known.items() if row == name))
    kept = _fullest(columns, MAX_COLUMNS, lambda name: sum(n for (_row, column), n in known.items() if column == name))
    cells = {(row, column): n for (row, column), n in known.items() if row in kept_rows and column in kept}
    n_left_out = len(rows) + len(columns) - len(kept_rows) - len(kept)
    return Heat(kept_rows, kept, cells, sectors_are_rows, n_left_out)


def _fullest(names: list[str], most: int, total: Callable[[str], int]) -> list[str]:
    kept = set(sorted(names, key=lambda name: -total(name))[:most])
    return [name for name in names if name in kept]


def _draw_row(page: Page, heat: Heat, row: str, left: float, y: float, width: float) -> None:
    largest = max(heat.cells.values())
    for place, column in enumerate(heat.columns):
        n, x = heat.cells.get((row, column)), left + width * place
        if n is None:
            page.box(x, y, width, ROW, edge=FRAME, hatch=HATCH)
            continue
        fill = _shade(n / largest)
        page.box(x, y, width, ROW, fill=fill, edge=FRAME)
        ink = max(BLACK, WHITE, key=lambda colour: contrast(colour, fill))
        page.text(
            x + width / 2, y + ROW / 2, _short(n, width - 1), size=SMALL, colour=ink, align="center", is_bold=True
        )


def _shade(share: float) -> str:
    red, green, blue = (light + share * (dark - light) for light, dark in zip(LIGHTEST, DARKEST, strict=True))
    return to_hex((red, green, blue))


def _short(n: int, width: float) -> str:
    """Return a number that fits: in ten thousands if it must; the table has it whole."""
    whole = thousands(n)
    return whole if width_of(whole, SMALL, True) <= width else _("%(n)s만", n=thousands(round(n / 10_000)))


def _note(heat: Heat) -> str:
    words = _("칸의 수는 제안의 수이고, 짙을수록 많아요.")
    if heat.n_hidden:
        words += " " + _("빗금은 적어서 숨김: 다섯 명이 안 되는 칸과 그 칸을 짐작하게 하는 칸이에요.")
    return words


def _finding(heat: Heat) -> str:
    most = max(heat.cells.values())
    fullest = [key for key, n in heat.cells.items() if n == most]
    names = fullest[0] if heat.sectors_are_rows else fullest[0][::-1]
    values = {"cell": " · ".join(names), "n": thousands(most), "k": len(fullest), "hidden": thousands(heat.n_hidden)}
    if len(fullest) > 1 and heat.n_hidden:
        return _(
            "부문과 지역으로 나누면 제안이 가장 많은 칸은 %(n)s건씩(‘%(cell)s’ 등 %(k)s칸)이고, "
            "%(hidden)s칸은 적어서 숨겼어요.",
            **values,
        )
    if len(fullest) > 1:
        return _("부문과 지역으로 나누면 제안이 가장 많은 칸은 %(n)s건씩이에요(‘%(cell)s’ 등 %(k)s칸).", **values)
    if heat.n_hidden:
        return _(
            "부문과 지역으로 나누면 ‘%(cell)s’ 칸이 제안 %(n)s건으로 가장 많고, %(hidden)s칸은 적어서 숨겼어요.",
            **values,
        )
    return _("부문과 지역으로 나누면 ‘%(cell)s’ 칸이 제안 %(n)s건으로 가장 많아요.", **values)


def _table(heat: Heat) -> Table:
    """Return rows and columns as drawn; a hidden cell is missing."""
    first = _("부문") if heat.sectors_are_rows else _("지역")
    counts = (
        Column(f"count_{n}", name, ColumnKind.INTEGER, _("제안의 수예요.")) for n, name in enumerate(heat.columns, 1)
    )
    columns = (Column("name", first, about=_("칸이 있는 줄이에요.")), *counts)
    rows = [(row, *(heat.cells.get((row, column)) for column in heat.columns)) for row in heat.rows]
    frame = pd.DataFrame(rows, columns=[column.key for column in columns], dtype=object)
    notes = [_("빈 칸은 적어서 숨김: 다섯 명이 안 되는 칸과 그 칸을 짐작하게 하는 칸이에요.")] if heat.n_hidden else []
    if heat.n_left_out:
        notes.append(_("제안이 적은 부문이나 지역 %(n)s개는 뺐어요.", n=thousands(heat.n_left_out)))
    return Table("crossings_chart", _("부문과 지역마다 제안의 수"), columns, frame, " ".join(notes))

"""What was measured before and after each pilot. Pilots measure different things, so each has a scale of its own."""

from __future__ import annotations

import pandas as pd

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.charts.page import Page, note_height, write_note
from forum.publication.digests.charts.style import (
    BLUE,
    FRAME,
    MARGIN,
    SMALL,
    WHITE,
    WIDTH,
    fitted,
)
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Chart, Column, Table
from forum.publication.fixes.pilots import PilotLine

MAX_PILOTS = 8
NAME_HIGH, BAR, APART = 6.0, 4.5, 4.0  # heights: the words above the bars, a bar, the space below both
NAMES, VALUES = 20.0, 52.0  # widths: 하기 전, 한 뒤; the measured values
NARROWEST = 0.6


def pilot_bars(content: DigestContent) -> Chart | None:
    """Return the bars; None where no pilot was measured before and after."""
    found = content.everyday
    measured = [one for one in found.pilots if one.after_value is not None] if found else []
    if not measured:
        return None
    drawn = measured[-MAX_PILOTS:]
    note = _note(len(measured) - len(drawn))
    row = NAME_HIGH + 2 * BAR + 1 + APART
    page = Page(row * len(drawn) + note_height(note), is_sample=content.is_sample)
    for place, line in enumerate(drawn):
        _draw(page, line, row * place)
    write_note(page, row * len(drawn), note)
    return page.chart("pilots", _("시범을 하기 전과 한 뒤"), _finding(measured), _table(drawn))


def _draw(page: Page, line: PilotLine, y: float) -> None:
    title = _("%(title)s: %(measure)s", title=line.title, measure=line.measure)
    page.lines(MARGIN, y + NAME_HIGH / 2, fitted(title, WIDTH - 2 * MARGIN, is_bold=True), is_bold=True)
    before, after = line.before_value or 0.0, line.after_value or 0.0
    unit = (WIDTH - 2 * MARGIN - NAMES - VALUES) / max(before, after, 1e-9)
    for step, (name, value, words) in enumerate(((_("하기 전"), before, line.before), (_("한 뒤"), after, line.after))):
        top = y + NAME_HIGH + step * (BAR + 1)
        page.text(MARGIN, top + BAR / 2, name, size=SMALL)
        fill = BLUE if step else WHITE
        width = max(value * unit, NARROWEST)
        page.box(MARGIN + NAMES, top, width, BAR, fill=fill, edge=BLUE if step else FRAME)
        page.lines(MARGIN + NAMES + width + 2, top + BAR / 2, fitted(words, VALUES - 3, SMALL), size=SMALL)


def _finding(measured: list[PilotLine]) -> str:
    first = measured[0]
    return _(
        "시범 %(n)s건을 하기 전과 한 뒤에 쟀어요. ‘%(measure)s’{은} %(before)s에서 %(after)s{로} 바뀌었어요.",
        n=thousands(len(measured)),
        measure=first.measure,
        before=first.before,
        after=first.after,
    )


def _note(n_left_out: int) -> str:
    said = _("막대의 길이는 시범마다 따로 견주어요. 한 곳의 앞뒤만 견준 것이라 다른 까닭이 섞였을 수 있어요.")
    if n_left_out:
        said += " " + _("먼저 한 시범 %(n)s건은 표에만 있어요.", n=thousands(n_left_out))
    return said


def _table(lines: list[PilotLine]) -> Table:
    columns = (
        Column("title", _("시범"), about=_("시범의 이름이에요."), width=30),
        Column("measure", _("잰 것"), about=_("하기 전과 한 뒤에 잰 것이에요."), width=22),
        Column("before", _("하기 전"), about=_("하기 전에 잰 값이에요."), width=20),
        Column("after", _("한 뒤"), about=_("한 뒤에 잰 값이에요."), width=20),
        Column("difference", _("차이"), about=_("한 뒤에서 하기 전을 뺀 값이에요."), width=14),
        Column("range", _("차이의 범위"), about=_("진짜 차이가 있을 95% 구간이에요."), width=24),
    )
    rows = [
        (one.title, one.measure, one.before, one.after, one.difference, f"{one.low} ~ {one.high}" if one.low else "")
        for one in lines
    ]
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return Table("pilots_chart", _("시범마다 하기 전과 한 뒤에 잰 값"), columns, frame)

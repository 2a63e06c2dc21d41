"""Whether ministries answer their letters in time."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.charts.page import Page
from forum.publication.digests.charts.style import (
    AMBER,
    BLUE,
    FONT_SIZE,
    FRAME,
    MARGIN,
    RED,
    SMALL,
    WHITE,
    WIDTH,
    drawable,
    fitted,
    width_of,
)
from forum.publication.digests.content import DigestContent, OnTimeLine
from forum.publication.digests.document import Chart, Column, ColumnKind, Table

MAX_MINISTRIES = 12
NAMES_HIGH, BAR, APART = 5.5, 5.0, 3.0  # heights: the words above a bar, the bar, the space below it
SWATCH = 3.0
MAX_NAMES = 48.0
FEWEST_IN_WIDTH = 10  # letters that a whole width stands for, so that one letter does not look like many
NARROWEST = 0.6  # of a part, so that one letter beside thousands is seen


@dataclass(frozen=True)
class Look:
    """How a part of a bar is drawn: in grey, the hatches tell the parts apart."""

    fill: str
    edge: str
    hatch: str = ""
    hatch_colour: str = WHITE


LOOKS = {
    "on_time": Look(BLUE, BLUE),
    "late": Look(WHITE, AMBER, "////", AMBER),
    "overdue": Look(RED, RED, "xxx"),
    "waiting": Look(WHITE, FRAME),
}
"""In the order of the bar."""


def on_time_bars(content: DigestContent) -> Chart | None:
    """Return the bars; None where no letter was sent."""
    lines = sorted((line for line in content.on_time if _total(line)), key=_worst_first)
    if not lines:
        return None
    drawn = lines if len(lines) <= MAX_MINISTRIES else [*lines[: MAX_MINISTRIES - 1], _others(lines)]
    row = NAMES_HIGH + BAR + APART
    page = Page(row * len(drawn) + MARGIN - APART, is_sample=content.is_sample)
    unit = (WIDTH - 2 * MARGIN - len(LOOKS) * NARROWEST) / max(FEWEST_IN_WIDTH, *map(_total, drawn))
    names = min(MAX_NAMES, max(width_of(drawable(line.ministry), FONT_SIZE, True) for line in drawn))
    for place, line in enumerate(drawn):
        _draw_words(page, line, row * place + NAMES_HIGH / 2, names)
        _draw_bar(page, line, row * place + NAMES_HIGH, unit)
    return page.chart("on_time", _("소관부처가 기한을 지켰는지"), _finding(lines), _table(drawn, _note(content, lines)))


def _total(line: OnTimeLine) -> int:
    return line.on_time + line.late + line.overdue + line.waiting


def _worst_first(line: OnTimeLine) -> tuple[int, int, int, str]:
    return -line.overdue, -line.late, -_total(line), line.ministry


def _others(lines: list[OnTimeLine]) -> OnTimeLine:
    """Return the sum of those that have no bar of their own."""
    rest = lines[MAX_MINISTRIES - 1 :]
    sums = (sum(getattr(line, part) for line in rest) for part in LOOKS)
    return OnTimeLine(_("그 밖의 소관부처 %(n)s곳", n=thousands(len(rest))), *sums)


def _labels() -> dict[str, str]:
    return {"on_time": _("기한 안"), "late": _("늦은 답변"), "overdue": _("기한 지남"), "waiting": _("진행 중")}


def _draw_words(page: Page, line: OnTimeLine, y: float, names: float) -> None:
    """Write the ministry's name, and beside it what the parts of its bar are, in their order."""
    page.lines(MARGIN, y, fitted(line.ministry, names, is_bold=True), is_bold=True)
    x = MARGIN + names + 4
    for part, label in _labels().items():
        if n := getattr(line, part):
            words = f"{label} {thousands(n)}"
            _draw_part(page, part, x, y - SWATCH / 2, SWATCH, SWATCH)
            page.text(x + SWATCH + 1, y, words, size=SMALL)
            x += SWATCH + 1 + width_of(words, SMALL) + 3


def _draw_bar(page: Page, line: OnTimeLine, y: float, unit: float) -> None:
    x = MARGIN
    for part in LOOKS:
        if n := getattr(line, part):
            width = max(n * unit, NARROWEST)
            _draw_part(page, part, x, y, width, BAR)
            x += width


def _draw_part(page: Page, part: str, x: float, y: float, width: float, height: float) -> None:
    look = LOOKS[part]
    page.box(x, y, width, height, fill=look.fill, edge=look.edge, hatch=look.hatch, hatch_colour=look.hatch_colour)


def _finding(lines: list[OnTimeLine]) -> str:
    """Tell of all letters, also of those in no bar of their own."""
    in_time, late, overdue = (sum(getattr(line, part) for line in lines) for part in ("on_time", "late", "overdue"))
    parts = [
        _("기한 안에 답한 것이 %(n)s통", n=thousands(in_time)) if in_time else "",
        _("늦게 답한 것이 %(n)s통", n=thousands(late)) if late else "",
        _("기한이 지나도록 답하지 않은 것이 %(n)s통", n=thousands(overdue)) if overdue else "",
    ]
    if not any(parts):
        return _("보낸 편지 %(n)s통은 아직 답변 기한 전이에요.", n=thousands(sum(map(_total, lines))))
    n = thousands(in_time + late + overdue)
    listed = ", ".join(filter(None, parts))
    return _("답변을 받았거나 기한이 지난 편지 %(n)s통 가운데 %(parts)s이에요.", n=n, parts=listed)


def _note(content: DigestContent, lines: list[OnTimeLine]) -> str:
    n_letters = sum(len(theme.referrals) for theme in content.themes)
    if sum(map(_total, lines)) <= n_letters:
        return ""
    return _("재심사하는 편지는 처음 답변과 새 답변을 따로 세었어요. 그래서 더하면 보낸 편지의 수보다 많아요.")


def _table(lines: list[OnTimeLine], note: str) -> Table:
    abouts = {
        "on_time": _("기한 안에 답변한 편지의 수예요."),
        "late": _("기한을 넘겨 답변한 편지의 수예요."),
        "overdue": _("기한이 지났는데 아직 답변하지 않은 편지의 수예요."),
        "waiting": _("아직 답변하지 않았고 기한도 남은 편지의 수예요."),
    }
    counts = (Column(part, label, ColumnKind.INTEGER, abouts[part]) for part, label in _labels().items())
    columns = (Column("ministry", _("소관부처"), about=_("편지를 받은 기관의 이름이에요."), width=24), *counts)
    rows = [(line.ministry, line.on_time, line.late, line.overdue, line.waiting) for line in lines]
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return Table("on_time_chart", _("소관부처마다 편지의 수"), columns, frame, note)

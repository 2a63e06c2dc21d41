"""What ministries say is done of a theme's promises, and what people who took part say of it, on a scale of 0 to 10."""

from __future__ import annotations

import pandas as pd

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.charts.page import Page, line_step, note_height, write_note
from forum.publication.digests.charts.style import (
    AMBER,
    DEEP,
    FONT_SIZE,
    GRID,
    MARGIN,
    SMALL,
    SOFT,
    WHITE,
    WIDTH,
    fitted,
    named,
)
from forum.publication.digests.content import DigestContent, ThemeChapter
from forum.publication.digests.document import Chart, Column, ColumnKind, Table
from forum.response.delivery.models import MAX_HELPS
from forum.response.delivery.sides import TwoSides
from forum.response.delivery.wording import points

MAX_THEMES = 10
TITLES, NUMBERS = 60.0, 34.0  # widths of the columns to the left and to the right of the scale
LEFT, RIGHT = MARGIN + TITLES + 4, WIDTH - NUMBERS - 4
HEAD, PADDING, ROW = 7.0, 4.0, 5.0
"""Heights in mm: of the scale's words, between two themes, of one side."""


def rating_chart(content: DigestContent) -> Chart | None:
    """Return the chart, the widest gaps first; None where no people's score may be shown."""
    found = sorted(_rated(content), key=lambda pair: (-abs(pair[1].gap or 0), pair[0].id))
    if not found:
        return None
    drawn = found[:MAX_THEMES]
    titles = [fitted(theme.title, TITLES, lines=2) for theme, _sides in drawn]
    heights = [max(line_step(FONT_SIZE) * len(title), 2 * ROW) + PADDING for title in titles]
    note = _(
        "찬 점은 부처가 알린 진행률을 10점 만점으로 적은 것, 빈 점은 참여한 사람들이 준 도움 점수의 평균이에요. "
        "옆으로 그은 선은 95% 구간이에요. 5명이 안 되는 평가는 그리지 않았어요."
    )
    page = Page(HEAD + sum(heights) + 2 + note_height(note), is_sample=content.is_sample)
    for score in range(0, MAX_HELPS + 1, 2):
        page.line([_place(score)] * 2, [HEAD - 1, HEAD + sum(heights)], GRID)
        page.text(_place(score), HEAD - 3.5, str(score), size=SMALL, colour=SOFT, align="center")
    top = HEAD
    for (_theme, sides), title, height in zip(drawn, titles, heights, strict=True):
        middle = top + height / 2
        page.lines(MARGIN + TITLES, middle, title, align="right")
        _draw(page, middle - ROW / 2, _("부처"), sides.done or 0.0, DEEP, DEEP)
        _draw_people(page, middle + ROW / 2, sides)
        top += height
    write_note(page, top + 2, note)
    return page.chart("ratings", _("약속을 두고 부처가 알린 것과 사람들이 본 것"), _finding(found), _table(drawn))


def _rated(content: DigestContent) -> list[tuple[ThemeChapter, TwoSides]]:
    pairs = ((theme, theme.sides) for theme in content.themes)
    return [(theme, sides) for theme, sides in pairs if sides and sides.done is not None and sides.helps is not None]


def _place(points: float) -> float:
    return LEFT + points / MAX_HELPS * (RIGHT - LEFT)


def _draw(page: Page, y: float, name: str, points: float, colour: str, fill: str, said: str = "") -> None:
    page.disc(_place(points), y, 1.3, fill, colour)
    page.text(RIGHT + 4, y, name, size=SMALL, colour=colour, is_bold=True)
    words = _("%(n)s점", n=f"{points:.1f}")
    page.text(WIDTH - MARGIN, y, f"{words} {said}".strip(), size=SMALL, align="right")


def _draw_people(page: Page, y: float, sides: TwoSides) -> None:
    page.line([_place(sides.low or 0.0), _place(sides.high or 0.0)], [y, y], AMBER, 2.5)
    n = _("(%(n)s명)", n=thousands(sides.n_people or 0))
    _draw(page, y, _("사람들"), sides.helps or 0.0, AMBER, WHITE, n)


def _finding(found: list[tuple[ThemeChapter, TwoSides]]) -> str:
    (theme, sides), n_apart = found[0], sum(sides.has_gap for _theme, sides in found)
    values = {
        "title": named(theme.title),
        "done": points(sides.done or 0.0),
        "helps": points(sides.helps or 0.0),
        "n": thousands(n_apart),
        "all": thousands(len(found)),
    }
    if n_apart:
        return _(
            "평가한 주제 %(all)s개 가운데 %(n)s개에서 부처와 사람들의 점수가 2점 넘게 달랐어요. %(title)s 주제는 부처 "
            "%(done)s점, 사람들 %(helps)s점이에요.",
            **values,
        )
    return _(
        "평가한 주제 %(all)s개에서 부처와 사람들의 점수가 2점 넘게 다른 것은 없었어요. %(title)s 주제는 부처 "
        "%(done)s점, 사람들 %(helps)s점이에요.",
        **values,
    )


def _table(drawn: list[tuple[ThemeChapter, TwoSides]]) -> Table:
    kind = ColumnKind.SCORE
    columns = (
        Column("theme", _("주제"), about=_("정책 주제의 제목이에요."), width=40),
        Column("done", _("부처"), kind, _("부처가 알린 진행률을 10점 만점으로 적은 것이에요.")),
        Column("helps", _("사람들"), kind, _("참여한 사람들이 준 도움 점수의 평균이에요.")),
        Column("low", _("낮은 끝"), kind, _("도움 점수의 95% 구간이 시작하는 곳이에요.")),
        Column("high", _("높은 끝"), kind, _("도움 점수의 95% 구간이 끝나는 곳이에요.")),
        Column("people", _("평가한 사람"), ColumnKind.INTEGER, _("평가한 사람의 수예요.")),
    )
    rows = [(theme.title, one.done, one.helps, one.low, one.high, one.n_people) for theme, one in drawn]
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return Table("ratings_chart", _("부처와 사람들의 점수"), columns, frame)

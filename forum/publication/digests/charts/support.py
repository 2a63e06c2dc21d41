"""Support of the themes, each with its interval."""

from __future__ import annotations

import pandas as pd

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.charts.page import Page, line_step, note_height, write_note
from forum.publication.digests.charts.style import (
    BLUE,
    DEEP,
    FONT_SIZE,
    GRID,
    INK,
    MARGIN,
    SMALL,
    SOFT,
    WIDTH,
    fitted,
    named,
)
from forum.publication.digests.content import DigestContent, Interval, ThemeChapter
from forum.publication.digests.document import Chart, Column, ColumnKind, Table
from forum.web.pictures import percent, share_words

MAX_THEMES = 12
TITLES, NUMBERS = 63.0, 32.0  # widths of the columns to the left and to the right of the scale
LEFT, RIGHT = MARGIN + TITLES + 4, WIDTH - NUMBERS - 4
HEAD, PADDING = 7.0, 3.0


def support_chart(content: DigestContent) -> Chart | None:
    """Return the chart of the themes with most votes; None where no theme has enough votes for a share."""
    known = [theme for theme in content.themes if theme.support]
    themes = sorted(sorted(known, key=lambda theme: -_votes(theme))[:MAX_THEMES], key=_highest_first)
    if not themes:
        return None
    lines = [fitted(theme.title, TITLES, lines=2) for theme in themes]
    heights = [line_step(FONT_SIZE) * len(one) + PADDING for one in lines]
    note = _("점은 찬성한 몫, 옆으로 그은 선은 90% 구간이에요. 찬성은 넘김까지 모든 투표 가운데의 몫이에요.")
    page = Page(HEAD + sum(heights) + 2 + note_height(note), is_sample=content.is_sample)
    _draw_scale(page, sum(heights))
    top = HEAD
    for theme, words, height in zip(themes, lines, heights, strict=True):
        page.lines(MARGIN + TITLES, top + height / 2, words, align="right")
        _draw_interval(page, top + height / 2, _share(theme))
        top += height
    write_note(page, top + 2, note)
    return page.chart("support", _("주제별 찬성"), _finding(themes, len(known)), _table(content, themes, len(known)))


def _votes(theme: ThemeChapter) -> int:
    return theme.agree + theme.disagree + theme.pass_


def _share(theme: ThemeChapter) -> Interval:
    assert theme.support is not None, "themes without a share are left out"
    return theme.support


def _highest_first(theme: ThemeChapter) -> tuple[float, int, int]:
    return -_share(theme).value, -_votes(theme), theme.id


def _place(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _draw_scale(page: Page, height: float) -> None:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        page.line([_place(share)] * 2, [HEAD - 1, HEAD + height], GRID)
        page.text(_place(share), HEAD - 3.5, f"{share:.0%}", size=SMALL, colour=SOFT, align="center")


def _draw_interval(page: Page, y: float, share: Interval) -> None:
    page.line([_place(share.low), _place(share.high)], [y, y], BLUE, 5)
    page.disc(_place(share.value), y, 1.2, DEEP)
    page.text(RIGHT + 4, y, share_words(share.value, 1), is_bold=True)
    page.text(WIDTH - MARGIN, y, f"({_range(share)})", size=SMALL, colour=INK, align="right")


def _range(share: Interval) -> str:
    return _("%(low)d~%(high)d%%", low=percent(share.low, 1), high=percent(share.high, 1))


def _finding(themes: list[ThemeChapter], n_known: int) -> str:
    first = {"first": named(themes[0].title), "most": share_words(_share(themes[0]).value, 1)}
    if len(themes) == 1:
        return _("%(first)s 주제는 찬성이 %(most)s예요(90%% 구간 %(range)s).", range=_range(_share(themes[0])), **first)
    values = first | {"second": named(themes[1].title), "next": share_words(_share(themes[1]).value, 1), "of": ""}
    if n_known > len(themes):
        values["of"] = _("주제 %(n)s개 가운데 투표가 많은 %(k)s개를 보면 ", n=thousands(n_known), k=len(themes))
    if _share(themes[0]).low > max(_share(theme).high for theme in themes[1:]):
        return _(
            "%(of)s%(first)s 주제가 찬성 %(most)s로 가장 높고, %(second)s 주제가 %(next)s로 그다음이에요.", **values
        )
    return _(
        "%(of)s%(first)s 주제가 찬성 %(most)s, %(second)s 주제가 %(next)s로 높지만, "
        "구간이 겹쳐서 어느 쪽이 더 높은지는 알 수 없어요.",
        **values,
    )


def _table(content: DigestContent, themes: list[ThemeChapter], n_known: int) -> Table:
    columns = (
        Column("theme", _("주제"), about=_("정책 주제의 제목이에요."), width=40),
        Column("support", _("찬성"), ColumnKind.SHARE, _("넘김까지 모든 투표 가운데 찬성한 몫이에요.")),
        Column("low", _("구간의 낮은 끝"), ColumnKind.SHARE, _("찬성의 90% 구간이 시작하는 곳이에요.")),
        Column("high", _("구간의 높은 끝"), ColumnKind.SHARE, _("찬성의 90% 구간이 끝나는 곳이에요.")),
        Column("votes", _("투표"), ColumnKind.INTEGER, _("찬성, 반대, 넘김을 더한 수예요.")),
    )
    shares = ((theme, _share(theme)) for theme in themes)
    rows = [(theme.title, share.value, share.low, share.high, _votes(theme)) for theme, share in shares]
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return Table("support_chart", _("주제별 찬성의 수"), columns, frame, _left_out(content, len(themes), n_known))


def _left_out(content: DigestContent, n_drawn: int, n_known: int) -> str:
    notes = []
    if n_known > n_drawn:
        notes.append(_("투표가 적은 주제 %(n)s개는 그리지 않았어요.", n=thousands(n_known - n_drawn)))
    if n_few := len(content.themes) - n_known:
        notes.append(_("투표가 다섯 표보다 적어 몫을 말할 수 없는 주제 %(n)s개는 뺐어요.", n=thousands(n_few)))
    return " ".join(notes)

"""Agreement in rooms and online on the same ideas, each with its interval."""

from __future__ import annotations

import pandas as pd

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.deliberation.joint.sides import SideVotes
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
from forum.publication.digests.content import DigestContent, SideLine
from forum.publication.digests.document import Chart, Column, ColumnKind, Table
from forum.web.pictures import share_words

MAX_IDEAS = 8
TITLES, NUMBERS = 60.0, 34.0  # widths of the columns to the left and to the right of the scale
LEFT, RIGHT = MARGIN + TITLES + 4, WIDTH - NUMBERS - 4
HEAD, PADDING, ROW = 7.0, 4.0, 5.0
"""Heights in mm: of the scale's words, between two ideas, of one side."""


def sides_chart(content: DigestContent) -> Chart | None:
    """Return the chart of the ideas told first; None where no idea has votes of both sides."""
    lines = content.sides.lines[:MAX_IDEAS]
    if not lines:
        return None
    titles = [fitted(content.idea(line.idea_id).title, TITLES, lines=2) for line in lines]
    heights = [max(line_step(FONT_SIZE) * len(title), 2 * ROW) + PADDING for title in titles]
    note = _(
        "점은 찬성한 몫, 옆으로 그은 선은 95% 구간이에요. 찬 점은 모임에서, 빈 점은 온라인에서 한 투표예요. "
        "찬성은 넘김까지 모든 투표 가운데의 몫이에요."
    )
    page = Page(HEAD + sum(heights) + 2 + note_height(note), is_sample=content.is_sample)
    _draw_scale(page, sum(heights))
    top = HEAD
    for line, title, height in zip(lines, titles, heights, strict=True):
        middle = top + height / 2
        page.lines(MARGIN + TITLES, middle, title, align="right")
        _draw_side(page, middle - ROW / 2, _("모임"), line.in_rooms, DEEP, DEEP)
        _draw_side(page, middle + ROW / 2, _("온라인"), line.online, AMBER, WHITE)
        top += height
    write_note(page, top + 2, note)
    return page.chart("sides", _("모임과 온라인의 찬성"), _finding(content), _table(content, lines))


def _place(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _draw_scale(page: Page, height: float) -> None:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        page.line([_place(share)] * 2, [HEAD - 1, HEAD + height], GRID)
        page.text(_place(share), HEAD - 3.5, f"{share:.0%}", size=SMALL, colour=SOFT, align="center")


def _draw_side(page: Page, y: float, name: str, votes: SideVotes, colour: str, fill: str) -> None:
    low, high = votes.interval(votes.agree)
    page.line([_place(low), _place(high)], [y, y], colour, 2.5)
    page.disc(_place(votes.agree / votes.votes), y, 1.3, fill, colour)
    said = _("%(share)s (%(n)s명)", share=share_words(votes.agree, votes.votes), n=thousands(votes.votes))
    page.text(RIGHT + 4, y, name, size=SMALL, colour=colour, is_bold=True)
    page.text(WIDTH - MARGIN, y, said, size=SMALL, align="right")


def _finding(content: DigestContent) -> str:
    lines = content.sides.lines
    first, n_different = lines[0], sum(line.is_different for line in lines)
    title = named(content.idea(first.idea_id).title)
    values = {
        "title": title,
        "rooms": share_words(first.in_rooms.agree, first.in_rooms.votes),
        "online": share_words(first.online.agree, first.online.votes),
        "n": thousands(n_different),
        "all": thousands(len(lines)),
    }
    if n_different:
        return _(
            "견준 제안 %(all)s건 가운데 %(n)s건에서 모임과 온라인의 찬성이 뚜렷이 달랐어요. %(title)s 제안은 모임에서 "
            "%(rooms)s, 온라인에서 %(online)s예요.",
            **values,
        )
    return _(
        "견준 제안 %(all)s건에서 모임과 온라인의 찬성이 뚜렷이 다른 것은 없었어요. %(title)s 제안은 모임에서 "
        "%(rooms)s, 온라인에서 %(online)s예요.",
        **values,
    )


def _table(content: DigestContent, lines: tuple[SideLine, ...]) -> Table:
    columns = (
        Column("idea", _("제안"), about=_("제안의 제목이에요."), width=40),
        Column("room_share", _("모임 찬성"), ColumnKind.SHARE, _("모임에서 투표한 사람 가운데 찬성한 몫이에요.")),
        Column("room_votes", _("모임 투표"), ColumnKind.INTEGER, _("모임에서 투표한 사람의 수예요.")),
        Column("online_share", _("온라인 찬성"), ColumnKind.SHARE, _("온라인에서 투표한 사람 가운데 찬성한 몫이에요.")),
        Column("online_votes", _("온라인 투표"), ColumnKind.INTEGER, _("온라인에서 투표한 사람의 수예요.")),
    )
    rows = [
        (
            content.idea(line.idea_id).title,
            *(cell for one in (line.in_rooms, line.online) for cell in (one.agree / one.votes, one.votes)),
        )
        for line in lines
    ]
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return Table("sides_chart", _("모임과 온라인의 찬성의 수"), columns, frame)

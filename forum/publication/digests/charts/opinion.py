"""Where people stand who vote alike: the map of the opinion groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import cos, pi, sin, sqrt

import pandas as pd
from matplotlib.colors import to_rgba

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.charts.page import Page, line_step
from forum.publication.digests.charts.style import FRAME, GRID, MARGIN, SMALL, SOFT, WHITE, WIDTH, fitted
from forum.publication.digests.content import DigestContent, GroupLine, OpinionLine
from forum.publication.digests.document import Chart, Column, ColumnKind, Table
from forum.web.pictures import share_words

FIELD_WIDTH, FIELD_HEIGHT = 108.0, 70.0
FIELD = MARGIN, MARGIN, FIELD_WIDTH - 2 * MARGIN, FIELD_HEIGHT
INSIDE = 6.0  # between the frame and the outermost places
KEYS, KEY_HEIGHT = FIELD_WIDTH + 6, 10.0  # place and height of the groups' names
LEAST, MOST = 0.9, 3.4  # radii of places
MARK = 2.9  # radius of the sign with a group's letter
CLOSE = 0.6  # of the distance between places: the largest shapes touch
APART = 0.25  # how far groups at one place stand apart, as a share of the distance between places
COLOURS = ("#0b50d0", "#a33b00", "#1d6b2c", "#7b2fa8", "#464c53")
"""As on the site, with the same shapes: in grey the shapes and the letters tell the groups apart."""
CORNERS = (0, 4, 3, 4, 6)
TURNS = (0.0, pi / 4, -pi / 2, 0.0, 0.0)
LARGER = (1.0, 1.25, 1.35, 1.3, 1.1)  # shapes of equal area


def opinion_map(content: DigestContent) -> Chart | None:
    """Return the map of the opinion snapshot; None where there is none, or no group in it."""
    snapshot = content.opinion
    if snapshot is None or not snapshot.groups:
        return None
    page = Page(FIELD_HEIGHT + 2 * MARGIN, is_sample=content.is_sample)
    page.box(*FIELD, edge=FRAME)
    page.line([FIELD_WIDTH / 2] * 2, [MARGIN, MARGIN + FIELD_HEIGHT], GRID)
    page.line([MARGIN, FIELD_WIDTH - MARGIN], [MARGIN + FIELD_HEIGHT / 2] * 2, GRID)
    looks = {group.letter: place % len(COLOURS) for place, group in enumerate(snapshot.groups)}
    _draw_spreads(page, snapshot, looks)
    _draw_places(page, snapshot, looks)
    for group in snapshot.groups:
        y = max(MARGIN + MARK + 1, _down(group.y) - _radii(group)[1])
        _draw_mark(page, _across(group.x), y, group, looks)
    _draw_keys(page, snapshot, looks)
    return page.chart("opinion", _("의견 갈래"), _finding(snapshot), _table(snapshot))


def _across(x: float) -> float:
    return MARGIN + INSIDE + x * (FIELD_WIDTH - 2 * MARGIN - 2 * INSIDE)


def _down(y: float) -> float:
    return MARGIN + INSIDE + y * (FIELD_HEIGHT - 2 * INSIDE)


def _radii(group: GroupLine) -> tuple[float, float]:
    """Return how far a group's ellipse reaches to the sides, and up and down."""
    across, down = group.spread_x * (FIELD_WIDTH - 2 * INSIDE), group.spread_y * (FIELD_HEIGHT - 2 * INSIDE)
    return max(MARK + 1, across), max(MARK + 1, down)


def _draw_spreads(page: Page, snapshot: OpinionLine, looks: dict[str, int]) -> None:
    for group in snapshot.groups:
        colour = COLOURS[looks[group.letter]]
        page.ellipse(_across(group.x), _down(group.y), _radii(group), to_rgba(colour, 0.1), colour, FIELD)


def _draw_places(page: Page, snapshot: OpinionLine, looks: dict[str, int]) -> None:
    """Draw places with areas as their people; groups at one place stand a little beside each other."""
    here: dict[tuple[float, float], list[str]] = {}
    for x, y, letter, _people in snapshot.places:
        here.setdefault((x, y), []).append(letter)
    across, down = (_step(numbers) for numbers in zip(*here, strict=True)) if here else (1.0, 1.0)
    most = max(LEAST, min(MOST, CLOSE * (_across(across) - _across(0)), CLOSE * (_down(down) - _down(0))))
    largest = max((people for _x, _y, _letter, people in snapshot.places), default=1)
    for x, y, letter, people in sorted(snapshot.places, key=lambda place: -place[3]):
        others = here[x, y]
        beside = (others.index(letter) - (len(others) - 1) / 2) * across * APART
        radius = max(LEAST, most * sqrt(people / largest))
        _draw_shape(page, _across(x + beside), _down(y), radius, looks.get(letter, 0))


def _step(numbers: Iterable[float]) -> float:
    """Return the least distance between two places, in one direction."""
    return min((right - left for left, right in pairwise(sorted(set(numbers)))), default=1.0)


def _draw_shape(page: Page, x: float, y: float, radius: float, look: int) -> None:
    if not CORNERS[look]:
        page.disc(x, y, radius, COLOURS[look])
    else:
        page.polygon(list(_corners(x, y, radius * LARGER[look], look)), COLOURS[look])


def _corners(x: float, y: float, radius: float, look: int) -> Iterator[tuple[float, float]]:
    for n in range(CORNERS[look]):
        angle = TURNS[look] + 2 * pi * n / CORNERS[look]
        yield x + radius * cos(angle), y + radius * sin(angle)


def _draw_mark(page: Page, x: float, y: float, group: GroupLine, looks: dict[str, int]) -> None:
    """Draw a group's shape with its letter."""
    _draw_shape(page, x, y, MARK, looks[group.letter])
    page.text(x, y, group.letter[:1], size=SMALL, colour=WHITE, align="center", is_bold=True)


def _draw_keys(page: Page, snapshot: OpinionLine, looks: dict[str, int]) -> None:
    """Name the groups beside the map, and say how to read it."""
    y = MARGIN + 5
    for group in snapshot.groups:
        _draw_mark(page, KEYS + MARK, y, group, looks)
        (name,) = fitted(group.name, WIDTH - KEYS - 2 * MARK - 2 - MARGIN, SMALL, is_bold=True) or [""]
        page.text(KEYS + 2 * MARK + 2, y - 1.8, name, size=SMALL, is_bold=True)
        page.text(KEYS + 2 * MARK + 2, y + 1.8, f"{_people(group.size)} ({_share(group)})", size=SMALL)
        y += KEY_HEIGHT
    how = _("가까이 있을수록 비슷하게 투표한 사람이에요. 도형이 클수록 사람이 많고, 점선은 갈래가 퍼진 만큼이에요.")
    lines = fitted(how, WIDTH - KEYS - MARGIN, SMALL, 8)
    page.lines(KEYS, MARGIN + FIELD_HEIGHT - line_step(SMALL) * len(lines) / 2, lines, size=SMALL, colour=SOFT)


def _share(group: GroupLine) -> str:
    return share_words(group.share, 1)


def _people(n: int) -> str:
    return _("%(n)s명", n=thousands(n))


def _finding(snapshot: OpinionLine) -> str:
    largest_first = sorted(snapshot.groups, key=lambda group: -group.size)
    named = ", ".join(
        _("%(name)s %(people)s(%(share)s)", name=group.name, people=_people(group.size), share=_share(group))
        for group in largest_first
    )
    people = _people(sum(group.size for group in snapshot.groups))
    if len(largest_first) == 1:
        return _("비슷하게 투표한 사람끼리 모으면 %(people)s이 모두 한 의견 갈래예요.", people=people)
    return _(
        "비슷하게 투표한 사람끼리 모으면 %(people)s이 의견 갈래 %(k)s개로 나뉘어요: %(named)s.",
        people=people,
        k=len(largest_first),
        named=named,
    )


def _table(snapshot: OpinionLine) -> Table:
    columns = (
        Column("group", _("의견 갈래"), about=_("비슷하게 투표한 사람들의 이름이에요."), width=16),
        Column("people", _("사람"), ColumnKind.INTEGER, _("이 갈래에 든 사람의 수예요.")),
        Column("share", _("몫"), ColumnKind.SHARE, _("갈래에 든 모든 사람 가운데의 몫이에요.")),
        Column(
            "drawn", _("그림에 그린 사람"), ColumnKind.INTEGER, _("한자리에 다섯 명 이상이어서 그린 사람의 수예요."), 16
        ),
    )
    drawn = {group.letter: 0 for group in snapshot.groups}
    for _x, _y, letter, people in snapshot.places:
        drawn[letter] = drawn.get(letter, 0) + people
    rows = [(group.name, group.size, group.share, drawn[group.letter]) for group in snapshot.groups]
    note = _("한자리에 같은 갈래 사람이 다섯 명이 안 되는 곳은 그리지 않았어요.")
    return Table(
        "opinion_chart", _("의견 갈래의 크기"), columns, pd.DataFrame(rows, columns=[c.key for c in columns]), note
    )

"""누가 참여했나: by age and region beside the population, and what the ideas are about."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.publication.digests.composing.pieces import Charts, figures, grid, paragraph
from forum.publication.digests.content import NO_REGION, NO_SECTOR, Cell, DigestContent
from forum.publication.digests.document import Block, Column, ColumnKind, Grid, Heading
from forum.publication.representation.queries import Breakdown, Representation

MOST_CELLS = 5


def people(content: DigestContent, charts: Charts) -> Iterator[Block]:
    yield Heading(1, _("누가 참여했고 누가 빠졌나요"), "people")
    if not content.participants or not content.participants.breakdowns:
        yield paragraph(_("참여한 사람이 적어서 나이와 지역을 보여 드리기에는 일러요."))
    else:
        yield from _who(content.participants)
    yield Heading(2, _("부문과 지역"), "sectors")
    yield from _where(content)
    yield from figures(charts, "crossings")


def _who(found: Representation) -> Iterator[Block]:
    first = found.breakdowns[0]
    yield paragraph(
        _(
            "제안하거나 투표하거나 댓글을 쓴 사람은 약 %(people)s명이에요(%(day)s 기준). "
            "인구는 %(source)s, %(as_of)s의 것이에요.",
            people=thousands(found.people),
            day=day(found.checked_on),
            source=first.population_source,
            as_of=day(first.population_as_of),
        )
    )
    for number, one in enumerate(found.breakdowns):
        yield Heading(2, one.label, f"people-{number}")
        yield paragraph(one.in_words)
        yield _shares(number, one)


def _shares(number: int, one: Breakdown) -> Grid:
    columns = (
        Column("group", one.label, width=20),
        Column("share", _("참여자"), ColumnKind.SHARE),
        Column("population", _("인구"), ColumnKind.SHARE),
    )
    rows = [
        (group.name, None if group.share is None else group.share / 100, group.population_share / 100)
        for group in one.groups
    ]
    notes = []
    if any(group.share is None for group in one.groups):
        notes.append(_("빈칸은 사람이 적어 숨긴 곳이에요."))
    if one.untold_share is not None:
        told = _(
            "참여자 가운데 %(share)d%%는 %(what)s{을} 밝히지 않았고, 이 비율은 밝힌 사람만 센 것이에요.",
            share=one.untold_share,
            what=one.label,
        )
        notes.append(told)
    title = _("참여자와 인구의 비율: %(what)s", what=one.label)
    return grid(f"people-{number}", title, columns, rows, " ".join(notes))


def _where(content: DigestContent) -> Iterator[Block]:
    if not content.ideas:
        yield paragraph(_("제안이 없어서 나눌 것이 없어요."))
        return
    yield paragraph(_most(_("부문"), content.sectors), " ", _most(_("지역"), content.regions))
    if any(cell.ideas is None for cell in (*content.sectors, *content.regions)):
        yield paragraph(_("제안한 사람이 다섯 명이 안 되는 칸과, 다른 칸에서 빼 보면 알 수 있는 칸은 숨겼어요."))


def _most(what: str, cells: tuple[Cell, ...]) -> str:
    if all(cell.name in {str(NO_SECTOR), str(NO_REGION)} for cell in cells):
        return _("제안에 %(what)s{을} 적은 사람이 아직 없어요.", what=what)
    shown = [(cell.name, cell.ideas) for cell in cells if cell.ideas is not None]
    if not shown:
        return _("%(what)s마다 제안한 사람이 적어서 수를 숨겼어요.", what=what)
    shown.sort(key=lambda pair: -pair[1])
    listed = ", ".join(_("%(name)s %(n)s건", name=name, n=thousands(n)) for name, n in shown[:MOST_CELLS])
    return _("제안이 많은 %(what)s: %(listed)s.", what=what, listed=listed)

"""일상 제안: how checks kept their days, what offices answered, and what pilots came to."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.publication.digests.composing.pieces import Charts, figures, grid, paragraph
from forum.publication.digests.content import DigestContent, Everyday
from forum.publication.digests.document import Block, Bullets, Column, ColumnKind, Grid, Heading, Link, Text, Words
from forum.publication.fixes.pilots import PilotLine

MOST_OFFICES, MOST_PILOTS = 15, 12


def everyday(content: DigestContent, charts: Charts) -> Iterator[Block]:
    """Yield the section of an everyday campaign's digest; nothing in other campaigns, or where nothing happened yet."""
    found = content.everyday
    if found is None:
        return
    yield Heading(1, _("일상 제안"), "everyday")
    yield paragraph(" ".join(_checks(found)))
    if found.offices:
        yield Heading(2, _("맡은 곳의 짧은 답변"))
        yield paragraph(_answers(found))
        yield _offices(found)
    if found.pilots:
        yield Heading(2, _("먼저 작게 해 본 시범"))
        yield paragraph(_pilots(found))
        yield Bullets(tuple(map(_pilot, found.pilots[:MOST_PILOTS])))
        yield from figures(charts, "pilots")


def _checks(found: Everyday) -> Iterator[str]:
    if found.checked:
        words = {"n": thousands(found.checked), "in_time": thousands(found.in_time)}
        yield _("확인을 마친 제안 %(n)s건 가운데 %(in_time)s건은 3근무일 안에 마쳤어요.", **words)
        parts = (
            _("맡은 곳에 보낸 것이 %(n)s건", n=thousands(found.sent)) if found.sent else "",
            _("먼저 나온 제안에 합친 것이 %(n)s건", n=thousands(found.same)) if found.same else "",
            _("이 포럼에서 다룰 수 없는 것이 %(n)s건", n=thousands(found.not_here)) if found.not_here else "",
        )
        yield _("%(parts)s이에요.", parts=", ".join(filter(None, parts)))
    if found.waiting:
        words = {"n": thousands(found.waiting), "late": thousands(found.late)}
        late = _("확인을 기다리는 제안은 %(n)s건이고, 그 가운데 %(late)s건은 기한이 지났어요.", **words)
        yield late if found.late else _("확인을 기다리는 제안은 %(n)s건이에요.", **words)


def _answers(found: Everyday) -> str:
    parts = ", ".join(_("‘%(kind)s’ %(n)s건", kind=kind, n=thousands(n)) for kind, n in found.answers)
    if not parts:
        return _("아직 공개된 답변이 없어요.")
    n = thousands(sum(n for _kind, n in found.answers))
    return _("공개된 답변 %(n)s건: %(parts)s. 고쳤는지는 답변한 곳이 알린 대로예요.", n=n, parts=parts)


def _offices(found: Everyday) -> Grid:
    columns = (
        Column("office", _("기관"), width=30),
        Column("answers", _("답변"), ColumnKind.INTEGER, width=9),
        Column("fixed", _("고침"), ColumnKind.INTEGER, width=9),
        Column("declined", _("고치기 어려움"), ColumnKind.INTEGER, width=13),
        Column("tried", _("해 본 시범"), ColumnKind.INTEGER, width=11),
        Column("taken", _("이어받음"), ColumnKind.INTEGER, width=10),
    )
    rows = [
        (one.name, one.answers, one.fixed, one.declined, one.pilots_tried, one.taken_over)
        for one in found.offices[:MOST_OFFICES]
    ]
    note = ""
    if len(found.offices) > MOST_OFFICES:
        n = thousands(len(found.offices) - MOST_OFFICES)
        note = _("그 밖의 기관 %(n)s곳은 엑셀(XLSX)과 JSON 파일에 있어요.", n=n)
    return grid("everyday_offices", _("기관마다 한 일"), columns, rows, note)


def _pilots(found: Everyday) -> str:
    own = [one for one in found.pilots if not one.is_spread]
    said = _("답변에서 약속하거나 고쳐서 다시 한 시범이 %(n)s건이에요.", n=thousands(len(own)))
    if found.spread:
        words = {"n": thousands(found.spread), "places": thousands(found.places)}
        said += " " + _("다른 기관 %(places)s곳이 시범 %(n)s건을 이어받았어요.", **words)
    if len(found.pilots) > MOST_PILOTS:
        more = thousands(len(found.pilots) - MOST_PILOTS)
        said += " " + _("나머지 %(n)s건은 엑셀(XLSX)과 JSON 파일에 있어요.", n=more)
    return said


def _pilot(line: PilotLine) -> Words:
    where = " ".join(filter(None, (line.region, line.place)))
    days = _("%(first)s부터 %(last)s까지", first=day(line.starts_on), last=day(line.ends_on))
    facts = ", ".join(filter(None, (line.office, line.origin, where, days, line.decision or line.state)))
    said = " " + line.said if line.said else " " + _("아직 견줄 값이 없어요.")
    return (Link(line.title, line.url), Text(f" ({facts})."), Text(said))

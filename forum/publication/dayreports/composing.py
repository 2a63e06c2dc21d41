"""From the content of a report to the document that is read. Pure: the same content gives the same document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forum.core.i18n import _
from forum.core.korean import moment, thousands
from forum.deliberation.joint.wall_words import Finding
from forum.deliberation.rooms.results import Verdict
from forum.publication.dayreports.content import DayContent, NearTheme, RoomChapter, StepLine, TableLine
from forum.publication.digests.composing.pieces import grid, paragraph, strong, words
from forum.publication.digests.document import (
    Block,
    Bullets,
    Column,
    ColumnKind,
    Document,
    Grid,
    Heading,
    IdeaLink,
    Inline,
    Link,
    Text,
    Words,
)

MOST_REFERENCES = 12


def compose_day(content: DayContent) -> Document:
    """Return the document of a report of the day."""
    blocks = [*_summary(content), *_together(content), *_themes(content), *_rooms(content), *_steps(content)]
    return Document(
        title=_("그날 보고서: %(title)s", title=content.title),
        subtitle=_("%(campaign)s의 연결 모임에서 나온 이야기", campaign=content.campaign),
        is_sample=content.is_sample,
        dated=content.data_cut_at,
        facts=(
            (_("모인 때"), _("%(from)s부터 %(to)s까지", **{"from": moment(content.started_at), "to": _hour(content)})),
            (_("사람과 투표를 센 때"), moment(content.data_cut_at)),
        ),
        blocks=(*blocks, *_how_it_was_counted()),
    )


def _hour(content: DayContent) -> str:
    """Return when it ended: the hour alone, where it was the same day."""
    if content.started_at.date() == content.finished_at.date():
        return f"{content.finished_at:%H:%M}"
    return moment(content.finished_at)


def _summary(content: DayContent) -> Iterator[Block]:
    counts = content.counts
    yield Heading(1, _("한눈에 보기"), "summary")
    in_person = counts["rooms"] - counts["rooms_online"]
    said = _("모임방 %(n)s곳이 같은 차례를 함께 따라갔어요.", n=thousands(counts["rooms"]))
    if counts["rooms_online"] and in_person:
        said += " " + _("%(n)s곳은 한자리에 모였고, 온라인 방도 있었어요.", n=thousands(in_person))
    items: list[Words] = [words(said)]
    if content.people.together is not None:
        about = _("모두 더해 %(n)s명이 함께했어요.", n=thousands(content.people.together))
        if content.people.is_rounded:
            about = _("모두 더해 %(n)s명 이상이 함께했어요.", n=thousands(content.people.together))
        items.append(words(about))
    values = {"ideas": thousands(counts["ideas"]), "votes": thousands(counts["votes"])}
    items.append(words(_("새 제안 %(ideas)s건이 나왔고, 방에서 투표 %(votes)s표를 했어요.", **values)))
    if counts["paper"]:
        items.append(words(_("투표지로 받은 종이 표 %(n)s표는 따로 셌어요.", n=thousands(counts["paper"]))))
    n_shared, n_apart = len(content.found.shared), len(content.found.apart)
    if n_shared or n_apart:
        said = _(
            "방들이 함께 말한 것은 %(shared)s가지, 서로 다른 것은 %(apart)s가지예요.", shared=n_shared, apart=n_apart
        )
        items.append(words(said))
    yield Bullets(tuple(items))
    yield paragraph(Link(_("누리집에서 이 연결 모임 보기"), content.url))
    yield _overview(content)


def _overview(content: DayContent) -> Grid:
    """Return the rooms side by side: those in person first, the one online last."""
    columns = (
        Column("room", _("모임방"), width=34),
        Column("place", _("모인 곳"), width=22),
        Column("people", _("함께한 사람"), ColumnKind.INTEGER, width=12),
        Column("ideas", _("새 제안"), ColumnKind.INTEGER, width=10),
        Column("agreed", _("뜻을 모은 것"), ColumnKind.INTEGER, width=12),
    )
    rows = [
        (
            room.title,
            _("온라인") if room.is_online else room.place,
            content.people.of_rooms.get(room.id),
            len(room.born),
            len(room.said(Verdict.AGREED)),
        )
        for room in content.rooms
    ]
    note = _("함께한 사람은 진행자가 센 수예요. 진행자가 적지 않은 방은 출석을 확인한 사람을 셌어요.")
    if any(n is None for n in content.people.of_rooms.values()):
        note += " " + _("빈칸은 다섯 명이 안 되거나 그런 방을 짐작하게 하는 곳이에요.")
    return grid("rooms", _("방마다 나온 것"), columns, rows, note)


def _together(content: DayContent) -> Iterator[Block]:
    found = content.found
    yield Heading(1, _("우리 방과 다른 방"), "together")
    if not (found.shared or found.apart or found.unsure):
        yield paragraph(_("두 방 넘게 함께 투표한 제안이 없어서 견줄 수 없어요."))
        return
    for title, lines in (
        (_("방들이 함께 말한 것"), found.shared),
        (_("방마다 다른 것"), found.apart),
        (_("아직 말하기 이른 것"), found.unsure),
    ):
        if lines:
            yield Heading(2, title)
            yield Bullets(tuple(_finding(content, line) for line in lines))
    yield _side_by_side(content, [*found.shared, *found.apart, *found.unsure])


def _finding(content: DayContent, line: Finding) -> Words:
    """Return title, sentence, the bars as words, and how sure it is."""
    bars = ", ".join(_("%(name)s %(words)s", name=bar.name, words=bar.words) for bar in line.bars)
    said = f": {line.words} " + (f"({bars}) " if bars else "") + line.sure + "."
    return words(strong(line.title), " ", _link(content, line.idea_id), said)


def _side_by_side(content: DayContent, lines: Sequence[Finding]) -> Grid:
    columns = (
        Column("idea", _("제안"), width=36),
        Column("room", _("방"), width=20),
        Column("share", _("찬성"), ColumnKind.SHARE, width=8),
        Column("range", _("아마 이 사이"), width=14),
        Column("votes", _("투표"), ColumnKind.INTEGER, width=8),
    )
    rows = [
        (line.title, bar.name, bar.value / 100, _("%(low)d~%(high)d%%", low=bar.low, high=bar.high), bar.votes)
        for line in lines
        for bar in line.rooms
    ]
    note = _("다섯 명이 안 되는 방은 ‘그 밖의 방’으로 더했어요. 넘긴 사람도 세어서 찬성 비율을 냈어요.")
    return grid("apart", _("같은 제안에 방마다 찬성한 비율"), columns, rows, note)


def _themes(content: DayContent) -> Iterator[Block]:
    if not content.has_themes or not (content.near or content.far):
        return
    yield Heading(1, _("어느 주제에 가까운가"), "themes")
    yield paragraph(_("이날 나온 제안을 낱말이 가장 비슷한 정책 주제에 놓아 보았어요. 분석가가 정한 것이 아니에요."))
    items = [_near(content, theme) for theme in content.near]
    if content.far:
        said = _("어느 주제와도 비슷하지 않은 제안 %(n)s건", n=thousands(len(content.far)))
        items.append(words(said, *_links(content, content.far)))
    yield Bullets(tuple(items))


def _near(content: DayContent, theme: NearTheme) -> Words:
    n = _(": 제안 %(n)s건", n=thousands(len(theme.idea_ids)))
    return words(Link(theme.title, theme.url), n, *_links(content, theme.idea_ids))


def _rooms(content: DayContent) -> Iterator[Block]:
    yield Heading(1, _("방마다"), "by-room")
    for room in content.rooms:
        yield Heading(2, room.title, f"room-{room.id}")
        yield paragraph(_about_room(content, room), " ", Link(_("이 모임 보기"), room.url))
        agreed, divided = room.said(Verdict.AGREED), room.said(Verdict.DIVIDED)
        if agreed:
            yield Heading(3, _("뜻을 모은 것"))
            yield Bullets(tuple(_with_votes(content, line) for line in agreed))
        if divided:
            yield Heading(3, _("의견이 갈린 것"))
            yield Bullets(tuple(_with_votes(content, line) for line in divided))
        if not agreed and not divided:
            yield paragraph(_("함께 정했다고 말할 만큼 표가 모인 제안은 없어요."))
        if room.table:
            yield _table_of(room)


def _about_room(content: DayContent, room: RoomChapter) -> str:
    people, n_ideas = content.people.of_rooms.get(room.id), thousands(len(room.born))
    where = _("온라인") if room.is_online else room.place
    if people is None:
        return _("%(where)s에서 모여 새 제안 %(ideas)s건을 썼어요.", where=where, ideas=n_ideas)
    values = {"where": where, "people": thousands(people), "ideas": n_ideas}
    return _("%(where)s에서 %(people)s명이 모여 새 제안 %(ideas)s건을 썼어요.", **values)


def _with_votes(content: DayContent, line: TableLine) -> Words:
    if line.agree is None:
        return words(strong(line.title), " ", _link(content, line.idea_id))
    said = _(
        ": 찬성 %(agree)s명, 반대 %(disagree)s명, 넘김 %(passed)s명",
        agree=thousands(line.agree or 0),
        disagree=thousands(line.disagree or 0),
        passed=thousands(line.passed or 0),
    )
    if line.paper:
        said += _(
            " (종이 표로는 찬성 %(agree)s, 반대 %(disagree)s)", agree=line.paper.agree, disagree=line.paper.disagree
        )
    return words(strong(line.title), " ", _link(content, line.idea_id), said)


def _table_of(room: RoomChapter) -> Grid:
    columns = [
        Column("title", _("제안"), width=44),
        Column("number", _("방 번호"), ColumnKind.INTEGER, width=8),
        Column("agree", _("찬성"), ColumnKind.INTEGER, width=8),
        Column("disagree", _("반대"), ColumnKind.INTEGER, width=8),
        Column("passed", _("넘김"), ColumnKind.INTEGER, width=8),
    ]
    has_paper = any(line.paper for line in room.table)
    if has_paper:
        columns += [
            Column("paper_agree", _("종이 찬성"), ColumnKind.INTEGER, width=9),
            Column("paper_disagree", _("종이 반대"), ColumnKind.INTEGER, width=9),
        ]
    rows = []
    for line in sorted(room.table, key=lambda one: one.number):
        title = line.title if line.is_born_here else _("%(title)s (가져온 제안)", title=line.title)
        paper = (line.paper.agree, line.paper.disagree) if line.paper else (None, None)
        row = (title, line.number, line.agree, line.disagree, line.passed)
        rows.append(row + paper if has_paper else row)
    has_gaps = any(one.agree is None for one in room.table)
    note = _("빈칸은 다섯 명이 안 되거나 다른 방의 적은 표를 짐작하게 하는 곳이에요.") if has_gaps else ""
    return grid(f"room-{room.id}", _("%(title)s의 제안과 투표", title=room.title), tuple(columns), rows, note)


def _steps(content: DayContent) -> Iterator[Block]:
    if not content.steps:
        return
    yield Heading(1, _("그날의 차례"), "steps")
    columns = (
        Column("title", _("단계"), width=26),
        Column("began_at", _("시작한 때"), width=12),
        Column("minutes", _("걸린 시간"), width=14),
        Column("planned", _("계획(분)"), ColumnKind.INTEGER, width=10),
    )
    rows = [(step.title, f"{step.began_at:%H:%M:%S}", _lasted(step), step.planned) for step in content.steps]
    yield grid("steps", _("단계마다 시작한 때와 걸린 시간"), columns, rows)


def _lasted(step: StepLine) -> str:
    return _("%(minutes)s분 %(seconds)s초", minutes=step.seconds // 60, seconds=step.seconds % 60)


def _how_it_was_counted() -> Iterator[Block]:
    yield Heading(1, _("어떻게 셌나"), "method")
    yield paragraph(_("모임에 온 사람들의 뜻이에요. 모든 국민의 뜻을 뽑아 물은 여론조사가 아니에요."))
    yield Bullets(
        (
            words(_("투표는 방이 끝난 순간의 것이에요. 출석을 확인한 사람의 표만 셌어요.")),
            words(_("한 방이 뜻을 모았다는 말은 절반 넘게 투표했고 그 가운데 셋 중 둘이 찬성했다는 뜻이에요.")),
            words(_("종이 표는 두 사람이 따로 세어 맞춘 것만, 투표지가 다섯 장 이상일 때만 적었어요.")),
            words(_("나중에 세어 맞춘 종이 표와 고치거나 거둔 제안은 모임 페이지에서 볼 수 있어요.")),
        )
    )


def _link(content: DayContent, idea_id: int) -> IdeaLink:
    return IdeaLink(idea_id, content.idea_urls[idea_id])


def _links(content: DayContent, idea_ids: Sequence[int]) -> tuple[Inline, ...]:
    parts: list[Inline] = []
    for idea_id in idea_ids[:MOST_REFERENCES]:
        parts += [Text(" "), _link(content, idea_id)]
    if len(idea_ids) > MOST_REFERENCES:
        parts.append(Text(_(" 등")))
    return tuple(parts)

"""모임: which rooms brought ideas, how many people were there, and what their vote sheets say beside the votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.deliberation.joint.side_words import cell_words
from forum.publication.digests.composing.pieces import (
    MOST_REFERENCES,
    Charts,
    figures,
    grid,
    link,
    paragraph,
    strong,
    words,
)
from forum.publication.digests.content import (
    DigestContent,
    PaperVotes,
    RoomMark,
    SideLine,
    ThemeChapter,
    paper_sum,
)
from forum.publication.digests.document import (
    Block,
    Bullets,
    Column,
    ColumnKind,
    Grid,
    Heading,
    Inline,
    Link,
    Text,
    Words,
)

MOST_ROOMS, MOST_LISTED, MOST_SIDES = 3, 20, 8


def gatherings(content: DigestContent, charts: Charts) -> Iterator[Block]:
    """Yield the section of a campaign's digest; nothing where nobody has gathered yet."""
    if not content.gatherings.lines:
        return
    yield Heading(1, _("모임"), "gatherings")
    yield paragraph(_how_many(content))
    yield _listed(content)
    paper = paper_sum(content.ideas)
    if paper.votes:
        yield paragraph(_about_paper(content, paper))
    yield from _sides(content, charts)


def from_rooms(theme: ThemeChapter) -> Words:
    """Return the sentence on a theme's rooms, with their pages and a few of their ideas; empty where it has none."""
    ideas = theme.from_rooms
    rooms: dict[int, RoomMark] = {idea.room.gathering_id: idea.room for idea in ideas if idea.room}
    if not rooms:
        return ()
    counts = Counter(idea.room.gathering_id for idea in ideas if idea.room)
    order = sorted(rooms, key=lambda key: (-counts[key], key))
    said = _(
        "제안 %(all)s건 가운데 %(n)s건은 모임 %(places)s곳에서 나왔어요: ",
        all=thousands(len(theme.ideas)),
        n=thousands(len(ideas)),
        places=thousands(len(rooms)),
    )
    parts: list[Inline] = [Text(said)]
    for place, key in enumerate(order[:MOST_ROOMS]):
        parts += [Text(", ")] if place else []
        parts += [Link(rooms[key].title, rooms[key].url), Text(_(" %(n)s건", n=thousands(counts[key])))]
        shown = [idea for idea in ideas if idea.room and idea.room.gathering_id == key][:MOST_REFERENCES]
        parts += [part for idea in shown for part in (Text(" "), link(idea))]
    if len(order) > MOST_ROOMS:
        parts.append(Text(_(" 등")))
    return tuple(parts)


def with_paper(agree: int, disagree: int, pass_: int, paper: PaperVotes) -> str:
    """Return votes with and without paper, in one line."""
    return _(
        "찬성 %(agree)s표(종이 표를 더하면 %(all_agree)s표), 반대 %(disagree)s표(더하면 %(all_disagree)s표), "
        "넘김 %(passed)s표(더하면 %(all_passed)s표)",
        agree=thousands(agree),
        all_agree=thousands(agree + paper.agree),
        disagree=thousands(disagree),
        all_disagree=thousands(disagree + paper.disagree),
        passed=thousands(pass_),
        all_passed=thousands(pass_ + paper.pass_),
    )


def _sides(content: DigestContent, charts: Charts) -> Iterator[Block]:
    """Yield votes in rooms and online side by side; nothing where nobody has voted in a room yet."""
    found = content.sides
    if not found.lines and not found.n_left_out:
        return
    yield Heading(2, _("모임에서와 온라인에서"), "sides")
    if not found.lines:
        yield paragraph(
            _("모임에서 투표한 제안이 있지만, 모임과 온라인에서 다섯 명 넘게 투표해서 견줄 수 있는 것은 아직 없어요.")
        )
        return
    yield paragraph(_about_sides(content))
    yield from figures(charts, "sides")
    yield Bullets(tuple(_side_words(content, line) for line in found.lines[:MOST_SIDES]))
    yield _side_by_side(content)


def _about_sides(content: DigestContent) -> str:
    n, n_different = len(content.sides.lines), sum(line.is_different for line in content.sides.lines)
    values = {"all": thousands(n), "n": thousands(n_different)}
    if n_different:
        said = _("모임과 온라인에서 모두 투표한 제안 %(all)s건을 견주니 %(n)s건에서 찬성이 뚜렷이 달랐어요.", **values)
    else:
        said = _("모임과 온라인에서 모두 투표한 제안 %(all)s건을 견주었고, 찬성이 뚜렷이 다른 것은 없었어요.", **values)
    what = _(
        "‘모임에서’는 출석을 확인한 사람이 그 모임방의 제안에 한 투표를 모임이 끝났을 때 센 것이에요. ‘온라인에서’는 "
        "나머지 투표이고, 연결 모임의 온라인 방도 여기에 들어요. ‘아직 몰라요’는 말하기에 투표가 모자란다는 뜻이에요. "
        "다르지 않다는 뜻은 아니에요."
    )
    return f"{said} {what}"


def _side_words(content: DigestContent, line: SideLine) -> Words:
    idea = content.idea(line.idea_id)
    said = f": {line.words} {line.said}"
    if idea.paper and idea.paper.votes:
        said += " " + _(
            "종이로는 찬성 %(agree)s표, 반대 %(disagree)s표, 넘김 %(passed)s표예요.",
            agree=thousands(idea.paper.agree),
            disagree=thousands(idea.paper.disagree),
            passed=thousands(idea.paper.pass_),
        )
    return words(strong(idea.title), " ", link(idea), said)


def _side_by_side(content: DigestContent) -> Grid:
    columns = (
        Column("idea", _("제안"), width=30),
        Column("side", _("어디에서"), width=11),
        Column("agree", _("찬성"), width=16),
        Column("disagree", _("반대"), width=16),
        Column("pass", _("넘김"), width=16),
        Column("votes", _("투표"), ColumnKind.INTEGER, width=8),
    )
    found = content.sides
    rows = [
        (content.idea(line.idea_id).title, side, *(cell_words(votes, n) for n in votes.counts), votes.votes)
        for line in found.lines[:MOST_SIDES]
        for side, votes in ((_("모임에서"), line.in_rooms), (_("온라인에서"), line.online))
    ]
    notes = [
        _("괄호 안은 95% 구간이에요. 모임이 끝난 뒤에 바꾼 투표는 따라가지 않고, 종이 표는 어느 쪽에도 넣지 않았어요."),
        _("두 모임에서 같은 제안에 투표한 사람은 두 번 셌어요."),
    ]
    if len(found.lines) > MOST_SIDES:
        n = thousands(len(found.lines) - MOST_SIDES)
        notes.append(_("다른 제안 %(n)s건은 엑셀(XLSX)과 JSON 파일에 있어요.", n=n))
    if found.n_left_out:
        n = thousands(found.n_left_out)
        notes.append(_("한쪽이 다섯 명이 안 되거나 아직 열린 모임이 있는 것 등 %(n)s건은 뺐어요.", n=n))
    return grid("sides", _("같은 제안에 모임과 온라인에서 한 투표"), columns, rows, " ".join(notes))


def _how_many(content: DigestContent) -> str:
    found, n_ideas = content.gatherings, content.counts.get("room_ideas", 0)
    if not found.ended:
        said = _("이 기간에 끝난 모임은 없어요.")
    elif found.present is None:
        said = _("이 기간에 모임 %(n)s곳이 끝났어요.", n=thousands(found.ended))
    elif found.is_rounded:
        values = {"n": thousands(found.ended), "people": thousands(found.present)}
        said = _("이 기간에 모임 %(n)s곳이 끝났고, 모두 더해 %(people)s명 이상이 함께했어요.", **values)
    else:
        values = {"n": thousands(found.ended), "people": thousands(found.present)}
        said = _("이 기간에 모임 %(n)s곳이 끝났고, 모두 더해 %(people)s명이 함께했어요.", **values)
    if n_ideas:
        said += " " + _("분석에 들어간 제안 가운데 %(n)s건이 모임에서 나왔어요.", n=thousands(n_ideas))
    return said


def _listed(content: DigestContent) -> Grid:
    lines = content.gatherings.lines
    columns = (
        Column("title", _("모임"), width=40),
        Column("began_on", _("모인 날"), ColumnKind.DATE, width=16),
        Column("ideas", _("나온 제안"), ColumnKind.INTEGER, width=12),
        Column("present", _("함께한 사람"), ColumnKind.INTEGER, width=12),
    )
    rows = [(one.title, one.began_on, one.ideas, one.present) for one in lines[:MOST_LISTED]]
    notes = [_("함께한 사람은 진행자가 센 수예요. 두 모임에 온 사람은 두 번 셌어요.")]
    if any(one.present is None for one in lines[:MOST_LISTED]):
        notes.append(_("빈칸은 다섯 명이 안 되거나 그런 모임을 짐작하게 하는 곳, 또는 아직 끝나지 않은 모임이에요."))
    if len(lines) > MOST_LISTED:
        n = thousands(len(lines) - MOST_LISTED)
        notes.append(_("먼저 열린 모임 %(n)s곳은 엑셀(XLSX)과 JSON 파일에 있어요.", n=n))
    return grid("gatherings", _("모임마다 나온 제안"), columns, rows, " ".join(notes))


def _about_paper(content: DigestContent, paper: PaperVotes) -> str:
    ideas = content.ideas
    sums = (sum(one.agree for one in ideas), sum(one.disagree for one in ideas), sum(one.pass_ for one in ideas))
    return _(
        "분석에 들어간 제안이 받은 투표: %(sums)s. 종이 표는 모임의 투표지를 두 사람이 따로 세어 맞춘 수예요. 누구의 "
        "표인지 몰라서 찬성 비율과 공감대, 의견 갈래에는 넣지 않았어요.",
        sums=with_paper(*sums, paper),
    )

"""모임: which rooms brought ideas, how many people were there, and what their vote sheets say beside the votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.composing.pieces import MOST_REFERENCES, Charts, grid, link, paragraph
from forum.publication.digests.content import DigestContent, PaperVotes, RoomMark, ThemeChapter, paper_sum
from forum.publication.digests.document import Block, Column, ColumnKind, Grid, Heading, Inline, Link, Text, Words

MOST_ROOMS, MOST_LISTED = 3, 20


def gatherings(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    """Yield the section of a campaign's digest; nothing where nobody has gathered yet."""
    if not content.gatherings.lines:
        return
    yield Heading(1, _("모임"), "gatherings")
    yield paragraph(_how_many(content))
    yield _listed(content)
    paper = paper_sum(content.ideas)
    if paper.votes:
        yield paragraph(_about_paper(content, paper))


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

from __future__ import annotations

from dataclasses import replace

from forum.publication.digests import document as doc
from forum.publication.digests.composing.gatherings import from_rooms, gatherings
from forum.publication.digests.content import Gatherings, PaperVotes, SidesOfRooms
from tests.forum.publication.digests.contents import GATHERING, HOSTILE_TITLES, example_content, room_mark

CONTENT = example_content()


def said(words) -> str:
    return "".join(f"#{part.idea_id}" if isinstance(part, doc.IdeaLink) else part.words for part in words)


def paragraphs(content) -> list[str]:
    return [said(block.words) for block in gatherings(content, {}) if isinstance(block, doc.Paragraph)]


def bullets(content) -> list[doc.Words]:
    return [words for block in gatherings(content, {}) if isinstance(block, doc.Bullets) for words in block.items]


def test_a_theme_names_its_rooms_with_their_pages_and_ideas():
    words = from_rooms(CONTENT.themes[0])
    assert said(words) == (
        f"제안 9건 가운데 2건은 모임 2곳에서 나왔어요: {GATHERING} 1건 #1, {HOSTILE_TITLES[2]} 1건 #2"
    )
    links = [part.url for part in words if isinstance(part, doc.Link)]
    assert [url.rsplit("/", 2)[1:] for url in links] == [["gatherings", "1"], ["gatherings", "2"]]


def test_a_theme_without_rooms_says_nothing_of_them():
    assert from_rooms(CONTENT.themes[1]) == ()


def test_more_rooms_than_fit_are_not_all_named():
    theme = CONTENT.themes[0]
    marks = [replace(room_mark(1, 1), gathering_id=n, title=f"모임 {n}") for n in range(1, 6)]
    ideas = tuple(replace(idea, room=mark) for idea, mark in zip(theme.ideas, marks, strict=False))
    text = said(from_rooms(replace(theme, ideas=ideas)))
    assert text.startswith("제안 5건 가운데 5건은 모임 5곳에서 나왔어요: 모임 1 1건")
    assert text.endswith(" 등")
    assert "모임 4" not in text


def test_the_people_present_are_told_as_far_as_they_may_be():
    found = CONTENT.gatherings
    hidden, rounded = replace(found, present=None), replace(found, present=60, is_rounded=True)
    assert paragraphs(CONTENT)[0].startswith("이 기간에 모임 1곳이 끝났고, 모두 더해 27명이 함께했어요.")
    assert paragraphs(replace(CONTENT, gatherings=hidden))[0].startswith("이 기간에 모임 1곳이 끝났어요.")
    assert "60명 이상이" in paragraphs(replace(CONTENT, gatherings=rounded))[0]
    assert paragraphs(replace(CONTENT, gatherings=replace(found, ended=0)))[0].startswith(
        "이 기간에 끝난 모임은 없어요."
    )


def test_votes_stand_with_and_without_paper():
    agree = sum(idea.agree for idea in CONTENT.ideas)
    assert f"찬성 {agree}표(종이 표를 더하면 {agree + 19}표)" in paragraphs(CONTENT)[1]


def test_without_paper_there_is_no_word_of_it():
    bare = replace(CONTENT, ideas=tuple(replace(idea, paper=PaperVotes()) for idea in CONTENT.ideas))
    assert len(paragraphs(replace(bare, sides=SidesOfRooms()))) == 1
    assert not any("종이로는" in said(words) for words in bullets(replace(bare, themes=())))


def test_where_nobody_gathered_there_is_no_section():
    assert list(gatherings(replace(CONTENT, gatherings=Gatherings()), {})) == []


def test_rooms_and_people_online_stand_side_by_side_with_paper_beside():
    first, second, third = (said(words) for words in bullets(CONTENT))
    line = CONTENT.sides.lines[0]
    assert first == f"{CONTENT.idea(3).title} #3: {line.words} {line.said} 종이로는 찬성 0표, 반대 2표, 넘김 0표예요."
    assert "종이로는 찬성 19표" in second
    assert "종이로" not in third
    [table] = [block.table for block in gatherings(CONTENT, {}) if getattr(block, "table", None) and _is_sides(block)]
    assert table.frame.values.tolist()[:2] == [
        [CONTENT.idea(3).title, "모임에서", "92% (65~99%)", "0% (0~24%)", "8% (1~35%)", 12],
        [CONTENT.idea(3).title, "온라인에서", "33% (10~70%)", "50% (19~81%)", "17% (3~56%)", 6],
    ]
    assert "2건은 뺐어요" in table.note
    assert "제안 3건을 견주니 1건에서 찬성이 뚜렷이 달랐어요." in paragraphs(CONTENT)[2]


def test_where_no_idea_can_be_compared_the_section_says_so():
    hidden = replace(CONTENT, sides=SidesOfRooms((), n_left_out=2))
    assert paragraphs(hidden)[2].startswith("모임에서 투표한 제안이 있지만")
    assert bullets(hidden) == []
    assert len(paragraphs(replace(CONTENT, sides=SidesOfRooms()))) == 2


def _is_sides(block: doc.Grid) -> bool:
    return block.table.key == "sides"

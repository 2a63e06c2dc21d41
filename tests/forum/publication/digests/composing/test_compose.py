from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from forum.publication.digests import document as doc
from forum.publication.digests.composing import compose
from forum.publication.digests.content import NO_SECTOR, DigestContent, Gatherings, Headline, SidesOfRooms, ThemeChapter
from forum.publication.digests.renderers.plain import plain
from forum.publication.representation.queries import Breakdown, Group, Representation
from forum.response.referrals.models import AssignmentState
from tests.forum.publication.digests.contents import HOSTILE_TITLES, example_chart, example_content, referral

CHARTS = {key: example_chart(key) for key in ("support", "opinion", "over_time", "crossings", "on_time")}


def ministry_content() -> DigestContent:
    themes = example_content().themes[:2]
    ideas = tuple(idea for theme in themes for idea in theme.ideas)
    return example_content(kind="MINISTRY", ministry="국토교통부", themes=themes, ideas=ideas)


def theme_content() -> DigestContent:
    theme = example_content().themes[0]
    return example_content(kind="THEME", theme_id=theme.id, themes=(theme,), ideas=theme.ideas, opinion=None)


def empty_content(**more: object) -> DigestContent:
    nothing = dict.fromkeys(("ideas", "themes", "clusters", "unthemed", "sectors", "regions", "crossings"), ())
    nothing |= dict.fromkeys(("dividing", "on_time"), ()) | {"gatherings": Gatherings(), "sides": SidesOfRooms()}
    counts = dict.fromkeys(example_content().counts, 0)
    headline = Headline("SUPPORT", "아직 투표가 없어요.", ())
    return example_content(
        **nothing, counts=counts, period_counts={}, opinion=None, slate=None, headline=headline, changes=None, **more
    )


CONTENTS = {
    "campaign": example_content,
    "ministry": ministry_content,
    "theme": theme_content,
    "empty": empty_content,
    "ministry without letters": lambda: empty_content(kind="MINISTRY", ministry="국토교통부"),
    "theme that is no longer approved": lambda: empty_content(kind="THEME", theme_id=1),
}
each_content = pytest.mark.parametrize("make_content", CONTENTS.values(), ids=CONTENTS)


def text_of(words: doc.Words) -> str:
    return "".join(f"#{part.idea_id}" if isinstance(part, doc.IdeaLink) else part.words for part in words)


def lines_of(document: doc.Document) -> Iterator[str]:
    """Everything that is read, line by line; tables apart."""
    for block in document.blocks:
        match block:
            case doc.Heading(_level, words, _key):
                yield words
            case doc.Paragraph(words) | doc.Notice(words):
                yield text_of(words)
            case doc.Bullets(items):
                yield from map(text_of, items)
            case doc.Quote(words, source, _idea):
                yield f"{words} {source}"


def grids(document: doc.Document) -> dict[str, doc.Table]:
    return {block.table.key: block.table for block in document.blocks if isinstance(block, doc.Grid)}


def section(document: doc.Document, key: str) -> list[doc.Block]:
    """The blocks below the heading with this key, up to the next heading that is not deeper."""
    start = next(n for n, one in enumerate(document.blocks) if isinstance(one, doc.Heading) and one.key == key)
    level = document.blocks[start].level
    below = document.blocks[start + 1 :]
    end = next((n for n, one in enumerate(below) if isinstance(one, doc.Heading) and one.level <= level), len(below))
    return list(below[:end])


def links_in(blocks: list[doc.Block]) -> set[int]:
    part = doc.Document("", "", False, example_content().data_cut_at, (), tuple(blocks))
    return {link.idea_id for link in doc.idea_links(part)}


@each_content
def test_headings_never_skip_a_level_and_keys_are_used_once(make_content):
    found = [block for block in compose(make_content(), CHARTS).blocks if isinstance(block, doc.Heading)]
    levels = [0, *(one.level for one in found)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    keys = [one.key for one in found if one.key]
    assert len(keys) == len(set(keys))


@each_content
def test_no_table_is_empty_and_none_has_too_many_columns_for_a_page(make_content):
    for table in grids(compose(make_content(), {})).values():
        assert len(table.frame)
        assert len(table.columns) <= 6
        assert list(table.frame.columns) == [column.key for column in table.columns]


@each_content
def test_every_reference_leads_to_an_idea_of_the_digest(make_content):
    content = make_content()
    held = {idea.id: idea.url for idea in content.ideas} | {
        idea.id: idea.url for theme in content.themes for idea in theme.ideas
    }
    for link in doc.idea_links(compose(content, CHARTS)):
        assert held[link.idea_id] == link.url


def test_references_below_a_theme_lead_to_ideas_of_that_theme():
    content = example_content()
    document = compose(content, CHARTS)
    for theme in content.themes:
        ids = {idea.id for idea in theme.ideas}
        found = links_in(section(document, f"theme-{theme.id}"))
        assert found <= ids
        assert bool(found) == bool(ids)


@pytest.mark.parametrize("key", ["campaign", "ministry", "theme"])
def test_every_line_of_the_first_page_says_what_it_rests_on(key):
    document = compose(CONTENTS[key](), CHARTS)
    lines = [item for block in section(document, "summary") if isinstance(block, doc.Bullets) for item in block.items]
    assert len(lines) > 3
    assert all(any(isinstance(part, doc.IdeaLink | doc.Link) for part in line) for line in lines)


def test_numbers_are_those_of_the_content():
    content = example_content()
    tables = grids(compose(content, {}))
    support = tables["theme-support"].frame
    assert list(support["ideas"]) == [len(theme.ideas) for theme in content.themes]
    assert list(support["people"]) == [theme.people for theme in content.themes]
    assert list(support["stability"]) == [theme.stability for theme in content.themes]
    assert support["support"][0] == "85% (80~88%)"
    assert support["ground"][0] == "67% (59~73%)"
    assert support["support"][2] == support["ground"][2] == ""
    numbers = tables["numbers"].frame.set_index("what")
    assert list(numbers.loc["투표"]) == [412, 120, 292]
    assert list(numbers.loc["승인된 정책 주제"]) == [3, None, 3]  # no change is told, so it was as many before
    assert list(tables["overdue"].frame.loc[0]) == [
        "2026-002",
        HOSTILE_TITLES[1],
        "산업통상자원부",
        date(2026, 11, 16),
        4,
    ]
    answers = tables["theme-answers"].frame
    assert list(answers["state"]) == ["수용", "4일 늦음", "보내기 전"]
    assert list(answers["done"]) == [0.4, None, None]


def test_charts_stand_where_they_belong_and_missing_ones_leave_no_gap():
    def drawn(charts):
        document = compose(example_content(), charts)
        return [block.chart.key for block in document.blocks if isinstance(block, doc.Figure)]

    assert drawn(CHARTS) == ["support", "opinion", "on_time", "over_time", "crossings"]
    assert drawn({"opinion": CHARTS["opinion"]}) == ["opinion"]


def test_a_campaign_without_anything_says_so_in_words():
    said = list(lines_of(compose(empty_content(), {})))
    for words in (
        "분석에 들어간 제안이 아직 없어요. 제안이 모이고 분석이 끝나면 다음 보고서에 담겨요.",
        "분석가가 승인한 정책 주제가 아직 없어요.",
        "소관부처에 보낸 편지가 아직 없어요.",
        "아직 셀 것이 없어요.",
        "참여한 사람이 적어서 나이와 지역을 보여 드리기에는 일러요.",
        "읽은 제안이 없어요.",
    ):
        assert words in said
    assert any(words.startswith("투표를 견주어 의견 갈래를 찾은 적이 아직 없어요.") for words in said)


def test_a_theme_without_ideas_says_so_and_shows_nothing_else():
    content = example_content()
    last = content.themes[-1]
    blocks = section(compose(content, {}), f"theme-{last.id}")
    assert [type(block) for block in blocks] == [doc.Paragraph, doc.Paragraph]
    assert "지금 셀 수 있는 제안이 없는 주제예요." in text_of(blocks[0].words)


def test_a_mark_of_an_idea_that_is_not_counted_is_no_link():
    content = example_content()
    theme = replace(content.themes[0], summary="버스가 좋아요 [#1] [#2]. 기차도 좋아요[#999].")
    blocks = section(compose(replace(content, themes=(theme,)), {}), "theme-1")
    assert text_of(blocks[0].words) == "버스가 좋아요 #1 #2. 기차도 좋아요."
    assert text_of(blocks[1].words) == "이 글이 가리킨 제안 가운데 1건은 지금 셀 수 없어서 번호를 적지 않았어요."


def test_a_long_voice_is_cut_and_keeps_its_words():
    content = example_content()
    theme = content.themes[0]
    voices = (replace(theme.voices[0], words="버스를 늘려요. " * 60),)
    document = compose(replace(content, themes=(replace(theme, voices=voices),)), {})
    quote = next(block for block in document.blocks if isinstance(block, doc.Quote))
    assert quote.words.startswith("버스를 늘려요. 버스를 늘려요.")
    assert quote.words.endswith("늘려요.…")
    assert len(quote.words) <= 301


def test_a_brief_cuts_a_long_answer_between_marks_and_links_the_whole():
    content = theme_content()
    letter = referral(1, 1, content.themes[0].title, reason="가" * 397 + "[#1] 늘리겠습니다.")
    document = compose(replace(content, themes=(replace(content.themes[0], referrals=(letter,)),)), {})
    said = list(lines_of(document))
    assert "가" * 397 + "…" in said
    assert "답변을 끝까지 읽기" in said


def test_a_brief_is_about_one_theme_alone():
    content = theme_content()
    document = compose(content, CHARTS)
    assert document.title == "전기 버스와 자전거로 다니기"
    assert {link.idea_id for link in doc.idea_links(document)} <= {idea.id for idea in content.themes[0].ideas}
    assert not [block for block in document.blocks if isinstance(block, doc.Figure)]


def test_a_ministry_reads_its_promises_together_and_no_chapter_on_people():
    document = compose(ministry_content(), CHARTS)
    assert document.title == "국토교통부 보고서"
    assert list(grids(document)["milestones"].frame["letter"]) == ["2026-001"]
    assert "people" not in [one.key for one in doc.headings(document)]


def test_who_took_part_stands_beside_the_population():
    groups = (Group("20대", 8, 15), Group("90대", None, 1))
    one = Breakdown("나이", groups, 12, "20대는 인구보다 적게 참여하고 있어요.", date(2026, 10, 31), "행정안전부")
    people = Representation(120, date(2026, 11, 20), (one,))
    document = compose(example_content(participants=people), {})
    table = grids(document)["people-0"]
    assert table.frame.values.tolist() == [["20대", 0.08, 0.15], ["90대", None, 0.01]]
    assert "참여자 가운데 12%는 나이를 밝히지 않았고" in table.note
    assert "20대는 인구보다 적게 참여하고 있어요." in list(lines_of(document))


def test_only_the_shown_headlines_are_described_and_the_others_are_linked():
    headline = Headline("GROUND", "공감대가 높은 차례예요.", (999, *range(1, 9)))
    items = section(compose(example_content(headline=headline), {}), "headline")[1].items
    assert [text_of(item)[:4] for item in items[:5]] == [f"제안 {n}" for n in range(1, 6)]
    assert text_of(items[5]) == "그 밖에 3건이 더 있어요: #6 #7 #8"
    brief = section(compose(replace(theme_content(), headline=headline), {}), "headline")[1].items
    assert len(brief) == 3


@each_content
def test_the_same_content_gives_the_same_document(make_content):
    assert plain(compose(make_content(), CHARTS)) == plain(compose(make_content(), CHARTS))


def without_votes(theme: ThemeChapter) -> ThemeChapter:
    ideas = tuple(replace(one, agree=0, disagree=0, pass_=0, ground=None, copy_of=None) for one in theme.ideas)
    return replace(theme, ideas=ideas, people=0, sector=str(NO_SECTOR), referrals=(), dividing=())


def test_what_is_known_of_no_theme_takes_no_column():
    content = example_content()
    document = compose(replace(content, themes=tuple(map(without_votes, content.themes))), {})
    support = grids(document)["theme-support"]
    assert [column.key for column in support.columns] == ["theme", "ideas", "stability"]
    assert (support.title, "찬성" in support.note) == ("주제마다 모인 제안", False)
    assert "theme-answers" not in grids(document)
    read = list(lines_of(document))
    assert "소관부처에 보낸 주제가 아직 없어서 답변도 없어요." in read
    assert "아직 받은 투표가 없어요." in read
    assert not [line for line in read if "부문 없음" in line or "제안한 사람 0명" in line]


def test_liking_elsewhere_stands_beside_ideas_that_nobody_voted_on_here():
    content = example_content()
    liked = replace(content.ideas[0], agree=0, disagree=0, pass_=0, ground=None, imported_agree_count=1234)
    headline = Headline("IMPORTED", "공감을 많이 받은 순서예요.", (liked.id,))
    document = compose(replace(content, ideas=(liked,), themes=(), headline=headline, sides=SidesOfRooms()), {})
    assert any(line.endswith(": 가져온 누리집에서 받은 공감 1,234개") for line in lines_of(document))


def test_of_two_groups_one_is_described():
    content = example_content()
    first, second, *_more = (replace(one, sentences=(f"{one.name}의 말.",)) for one in content.opinion.groups)

    def read(*groups) -> str:
        opinion = replace(content.opinion, groups=groups, n_people=90, n_entering=90)
        return "\n".join(lines_of(compose(replace(content, opinion=opinion), {})))

    assert (f"{first.name}의 말." in read(first, second), f"{second.name}의 말." in read(first, second)) == (
        True,
        False,
    )
    third = replace(second, letter="다", name="다 갈래")
    assert f"{second.name}의 말." in read(first, second, third)
    assert "90명이 투표했어요. 비슷하게 투표한" in read(first, second)


def test_an_answer_that_is_examined_again_is_not_told_as_the_last_word():
    content = example_content()
    state = AssignmentState.REEXAMINING.label
    theme = replace(content.themes[0], referrals=(referral(1, 1, "버스", state=state),))
    document = compose(replace(content, themes=(theme,)), {})
    assert list(grids(document)["theme-answers"].frame["state"]) == ["수용, 재심사 중"]
    assert any("이 답변을 재심사하고 있어요. 새 답변 기한은" in line for line in lines_of(document))


def test_notes_speak_of_gaps_only_where_there_are_any():
    content = example_content()
    tables = grids(compose(replace(content, changes=None, period=replace(content.period, from_day=None)), {}))
    assert tables["numbers"].note == ""
    assert "빈칸" in grids(compose(content, {}))["numbers"].note

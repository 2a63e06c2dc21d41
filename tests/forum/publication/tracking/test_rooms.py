"""Pages say in which gathering an idea was born, and print its paper beside its votes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.extensions import db
from forum.deliberation.rooms.queries import rooms_of
from forum.people.passes.models import PassKind
from forum.publication.tracking.queries import timeline_of
from forum.publication.tracking.rooms import theme_rooms
from forum.voice.ideas.models import Idea, IdeaState

TITLE = "마을회관 <b>모임"


@pytest.fixture
def room(make):
    return make.gathering(state="FINISHED", title=TITLE, n_present=9)


def page(client, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def test_an_ideas_page_names_its_gathering_and_links_to_it(client, make, room):
    idea = make.room_idea(room, make.entry(room))
    shown = page(client, f"/ideas/{idea.id}")
    assert "‘마을회관 &lt;b&gt;모임’ 모임에서 나온 제안이에요 (" in shown
    assert f'href="/gatherings/{room.id}"' in shown


def test_an_idea_that_was_only_brought_names_no_gathering(client, make, room):
    idea = make.room_idea(room)
    assert "모임에서 나온" not in page(client, f"/ideas/{idea.id}")


def test_a_hidden_gathering_is_not_named(client, make, room):
    idea = make.room_idea(room, make.entry(room))
    room.is_hidden = True
    db.session.commit()
    assert "모임에서 나온" not in page(client, f"/ideas/{idea.id}")


def test_paper_stands_beside_the_votes_and_in_a_sum_with_them(client, make, room):
    idea = make.room_idea(room, make.entry(room))
    make.paper(room, 9, {idea: (5, 2, 1)})
    for _n in range(2):
        make.vote(idea, make.citizen(), 1)
    shown = page(client, f"/ideas/{idea.id}")
    assert "종이로" in shown
    assert "종이 표를 더하면 찬성 7, 반대 2, 넘김 1이에요." in shown
    assert "2명이 투표했어요" in shown, "paper is not in the votes"


def test_without_paper_there_is_no_word_of_it(client, make):
    assert "종이" not in page(client, f"/ideas/{make.idea().id}")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (None, "모임에서 자기 계정으로 제안을 올렸어요"),
        (PassKind.PHONE, "모임에서 휴대전화로 제안을 올렸어요"),
        (PassKind.TABLET, "모임에서 함께 쓰는 태블릿으로 제안을 올렸어요"),
        (PassKind.PAPER, "모임에서 종이에 쓴 제안을 옮겨 적었어요"),
    ],
)
def test_the_way_of_an_idea_begins_in_its_room(make, room, kind, words):
    who = make.citizen() if kind is None else make.guest(kind)
    idea = make.room_idea(room, make.entry(room, who), slip=1 if kind is PassKind.PAPER else None)
    first = timeline_of(idea)[0]
    assert first.title == f"‘{TITLE}’ {words}"
    assert first.detail.startswith("모임 안 1번 제안이에요.")
    assert ("종이를 보고" in first.detail) is (kind is PassKind.PAPER)
    assert first.url == f"/gatherings/{room.id}"


def test_a_list_marks_ideas_from_gatherings_alone(client, make, room):
    make.room_idea(room, make.entry(room))
    make.idea(room.campaign)
    shown = page(client, f"/c/{room.campaign.slug}/ideas")
    assert shown.count("에서 나온 제안</span>") == 1


def test_a_themes_page_says_how_many_of_its_ideas_come_from_gatherings(client, make, room):
    other = make.gathering(campaign=room.campaign, state="FINISHED", title="학교 모임", n_present=9)
    born = [make.room_idea(room, make.entry(room)) for _n in range(2)] + [make.room_idea(other, make.entry(other))]
    ideas = [*born, make.room_idea(room), make.idea(room.campaign)]
    make.paper(room, 9, {born[0]: (5, 2, 1), ideas[3]: (3, 0, 0)})
    make.vote(born[0], make.citizen(), 1)
    theme = make.theme(room.campaign, ideas, state=ThemeState.APPROVED)
    shown = " ".join(page(client, f"/themes/{theme.id}").split())
    assert "제안 5건 가운데 3건은 모임 2곳에서 나왔어요:" in shown
    assert f'<a href="/gatherings/{room.id}">마을회관 &lt;b&gt;모임</a> 2건' in shown
    assert "찬성 1표 (종이 표를 더하면 9표)" in shown


def test_a_theme_counts_no_hidden_ideas_rooms_or_paper(make, room):
    hidden, shown = (make.room_idea(room, make.entry(room)) for _n in range(2))
    make.paper(room, 9, {hidden: (5, 0, 0), shown: (1, 0, 0)})
    theme = make.theme(room.campaign, [hidden, shown], state=ThemeState.APPROVED)
    hidden.state = IdeaState.HIDDEN
    db.session.flush()
    found = theme_rooms(theme)
    assert (found.n_ideas, found.gatherings[0].n_ideas, found.paper.agree) == (1, 1, 1)


def test_a_theme_without_rooms_says_nothing_of_them(client, make):
    theme = make.theme(state=ThemeState.APPROVED)
    shown = page(client, f"/themes/{theme.id}")
    assert "모임" not in shown.split("<main")[1].split("</main>")[0]
    assert "종이" not in shown


def test_analysts_see_the_room_of_each_idea_of_a_theme(client, make, room):
    idea = make.room_idea(room, make.entry(room))
    theme = make.theme(room.campaign, [idea], state=ThemeState.DRAFT)
    make.run(room.campaign, [[idea]])
    client.login(make.analyst())
    assert "모임: 마을회관 &lt;b&gt;모임" in page(client, f"/desk/themes/{theme.id}")


def test_rooms_are_read_by_ids_or_by_a_query(make, room):
    idea = make.room_idea(room, make.entry(room))
    assert rooms_of([idea.id]) == rooms_of(sa.select(Idea.id)) != {}
    assert rooms_of([]) == {}


def test_ones_own_list_names_the_gathering(client, make, room):
    who = make.citizen()
    make.room_idea(room, make.entry(room, who))
    client.login(who)
    assert "모임: 마을회관 &lt;b&gt;모임</a>" in page(client, "/mine")

from __future__ import annotations

import re
from html import unescape

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.publication.search import queries
from forum.system.finding import few_rows
from forum.system.finding.registry import SEARCH_KINDS
from forum.system.finding.search import SearchWords
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.services import store_idea
from tests.factories import SCRIPT

COST = {"sqlite": 20, "postgresql": 21}
"""The forum that menus lead to; campaigns and their phases; three statements for ideas, or four with PostgreSQL's
statistics; one for each of the other kinds; one to show each kind.
"""


@pytest.fixture
def world(make):
    """A campaign with an idea, a theme and an answer about broken chargers, and others about buses."""
    campaign, author = make.campaign(), make.citizen()

    def idea(title: str, body: str = "설명", **values) -> Idea:
        values = {"campaign_id": campaign.id, "author_id": author.participant.id} | values
        return store_idea(Idea(title=title, body=body, **values))

    def theme(title: str, summary: str, state: ThemeState = ThemeState.APPROVED):
        return make.theme(campaign, [], title=title, summary=summary, state=state)

    sent = theme("고장 난 전기차 충전기 고치기", f"전기차 충전기 고장을 줄입니다 [#1]. {SCRIPT}")
    theme("버스 노선", "버스를 늘립니다")
    answer = make.answer(make.referral(sent), reason=f"전기차 충전기 고장을 사흘 안에 고치겠습니다. {SCRIPT}")
    found = idea("전기차 충전기 고장", f"바로 고쳐 주세요 {SCRIPT}")
    idea("버스 배차", "더 자주")
    db.session.commit()

    class World:
        pass

    world = World()
    world.campaign, world.idea, world.theme, world.answer = campaign, idea, theme, answer
    world.found, world.sent = found, sent
    return world


def paths(page: str) -> list[str]:
    return re.findall(r'<h3><a href="([^"]+)"', page)


def ask(client, text: str, **args) -> str:
    response = client.get("/search", query_string={"q": text} | args)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_one_search_finds_ideas_themes_and_answers_by_kind(client, world):
    page = ask(client, "전기차 충전기 고장")
    assert paths(page) == [
        f"/ideas/{world.found.id}",
        f"/themes/{world.sent.id}",
        f"/referrals/{world.answer.referral_id}",
    ]
    assert "<mark>" in page
    assert SCRIPT not in page
    assert "[#1]" not in page
    assert paths(ask(client, "전기차 충전기 고장", kind="themes")) == [f"/themes/{world.sent.id}"]
    assert paths(ask(client, "전기차 충전기 고장", kind="no such kind")) == paths(page)


def test_a_search_may_stay_in_one_campaign(client, world, make):
    other = make.campaign()
    idea = world.idea("전기차 충전기 고장", campaign_id=other.id)
    db.session.commit()
    assert paths(ask(client, "전기차 충전기 고장", campaign=other.slug)) == [f"/ideas/{idea.id}"]
    assert len(paths(ask(client, "전기차 충전기 고장"))) == 4


def test_what_visitors_may_not_see_is_not_found(client, world, make):
    for state in (IdeaState.HIDDEN, IdeaState.WITHDRAWN):
        world.idea("비밀낱말", state=state)
    for state in (ThemeState.DRAFT, ThemeState.UNMADE):
        world.theme("비밀낱말", "비밀낱말", state)
    make.answer(make.referral(), reason="비밀낱말", published_at=None)
    db.session.commit()
    assert paths(ask(client, "비밀낱말")) == []


def test_a_thing_is_asked_again_when_it_is_shown(app, world):
    theme = world.theme("전기차", "전기차")
    db.session.flush()
    ids = {code: [hit.id for hit in kind.rank(SearchWords.of("전기차"), None)] for code, kind in SEARCH_KINDS.items()}
    world.found.state = IdeaState.HIDDEN
    theme.state = ThemeState.DRAFT
    db.session.flush()
    assert [len(ids[code]) for code in ("ideas", "themes", "answers")] == [1, 2, 1]
    answer = f"{world.answer.referral.lead.ministry.name}의 답변: {world.sent.title}"
    with app.test_request_context():
        shown = {code: [one.title for one in SEARCH_KINDS[code].show(ids[code])] for code in ids}
    empty = (
        "council_tasks",
        "data_needs",
        "data_uses",
        "datasets",
        "gatherings",
        "interim",
        "minutes",
        "pilots",
        "places",
    )
    others: dict[str, list[str]] = {code: [] for code in empty}
    assert shown == {"ideas": [], "themes": [world.sent.title], "answers": [answer]} | others


def test_only_the_answer_that_stands_is_found(client, world, make):
    referral = world.answer.referral
    make.answer(referral, version=2, reason="다시 살펴 전기차 충전기 고장을 하루 안에 고칩니다.")
    db.session.commit()
    page = ask(client, "전기차 충전기 고장", kind="answers")
    assert len(paths(page)) == 1
    assert "하루 안에" in page


def test_kinds_without_an_index_order_alike_on_both_databases(world):
    few = world.theme("자전거 길", "끊긴 자전거 길과 주차장")
    title = world.theme("자전거 주차장", "역 앞에")
    part = world.theme("자전거 대여", "싸게")
    world.theme("주차 요금", "싸게")
    db.session.flush()
    kind = SEARCH_KINDS["themes"]
    assert [hit.id for hit in kind.rank(SearchWords.of("자전거 주차장"), None)] == [title.id, few.id, part.id]


def test_the_rows_looked_at_are_bounded_by_those_with_most_words(world, monkeypatch):
    best = world.theme("자전거 주차장", "역 앞에")
    for n in range(3):
        world.theme(f"자전거 {n}", "싸게")
    db.session.flush()
    monkeypatch.setattr(few_rows, "MAX_RANKED", 0)
    assert [hit.id for hit in SEARCH_KINDS["themes"].rank(SearchWords.of("자전거 주차장"), None)] == [best.id]


def test_a_kind_has_pages_and_a_count(app, client, world, monkeypatch):
    monkeypatch.setitem(app.config, "PAGE_SIZE", 2)
    ideas = [world.idea(f"버스 노선 {n}").id for n in range(5)]
    db.session.commit()
    first = ask(client, "버스 노선", kind="ideas")
    assert "page=2" in first
    third = ask(client, "버스 노선", kind="ideas", page=3)
    assert paths(first) == [f"/ideas/{number}" for number in ideas[:2:-1]]
    assert [*paths(ask(client, "버스 노선", kind="ideas", page=2)), paths(third)[0]] == [
        f"/ideas/{number}" for number in ideas[2::-1]
    ]
    assert paths(ask(client, "버스 노선", kind="ideas", page=999_999_999)) == []


def test_the_page_of_all_kinds_shows_a_few_and_leads_on(client, world, monkeypatch):
    monkeypatch.setattr(queries, "SHOWN", 1)
    world.idea("전기차 충전기 고장이 또")
    db.session.commit()
    page = ask(client, "전기차 충전기 고장")
    assert sum(path.startswith("/ideas/") for path in paths(page)) == 1
    assert "kind=ideas" in page


def test_what_was_not_found_may_be_proposed_with_the_words_filled_in(client, world):
    page = ask(client, "오로라 <공룡>")
    link = unescape(re.search(r'href="(/c/[^"]+/ideas/new\?title=[^"]+)"', page)[1])
    assert 'value="오로라 &lt;공룡&gt;"' in client.get(link).text


def test_where_nothing_may_be_proposed_no_link_says_so(client, make):
    make.campaign(open_phases=(PhaseKind.VOTING,))
    assert "ideas/new" not in ask(client, "오로라 공룡")


@pytest.mark.parametrize(
    "text",
    ["", " ", '"', "AND", "a:b", "NEAR(", "*", "은 는", "ㅋㅋ", "\x00", "' OR 1=1 --", "\\", "%", "🌍", "가" * 10_000],
)
def test_odd_searches_are_answered(client, world, text):
    assert paths(ask(client, text)) == []


@pytest.mark.parametrize(
    "query", ["q=%ED%A0%80", "q=%FF%FE&kind=ideas", "q=버스&page=0", "q=버스&page=-1", "q=버스&page=x"]
)
def test_odd_addresses_are_answered(client, world, query):
    assert client.get(f"/search?{query}").status_code == 200


def test_every_page_has_a_box_that_searches_without_a_script(client, world):
    page = client.get("/").text
    assert re.search(r'<form class="site-search only-wide" method="get" action="/search" role="search"', page)


def test_ideas_near_in_meaning_have_a_group_of_their_own(client, world, monkeypatch):
    near = world.idea("콘센트를 손보자")
    db.session.commit()
    asked = []
    monkeypatch.setattr(queries, "ideas_near", lambda ids, *_n: asked.append(list(ids)) or [near])
    assert "뜻이 가까운 제안" in ask(client, "전기차 충전기 고장")
    assert "뜻이 가까운 제안" not in ask(client, "전기차 충전기 고장", kind="themes")
    assert asked == [[world.found.id]]


def test_a_search_costs_the_same_however_much_there_is(client, world, make, count_queries, engine_name):
    def cost() -> int:
        return count_queries(lambda: ask(client, "전기차 충전기 고장"))

    first = cost()
    for n in range(8):
        world.idea(f"전기차 충전기 고장 {n}")
        make.answer(make.referral(world.theme(f"전기차 충전기 고장 {n}", "")), published_at=clock.now())
    db.session.commit()
    assert (first, cost()) == (COST[engine_name], COST[engine_name])


def test_a_few_themes_and_answers_stand_before_many_ideas_and_answers_name_their_ministry(client, world):
    for n in range(queries.SHOWN):
        world.idea(f"전기차 충전기 고장 {n}")
    db.session.commit()
    page = ask(client, "충전기 고장")
    assert [path.split("/")[1] for path in paths(page)][:3] == ["themes", "referrals", "ideas"]
    assert f"{world.answer.referral.lead.ministry.name}의 답변: " in unescape(re.sub("<[^>]+>", "", page))

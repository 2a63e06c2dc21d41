from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.core.reference import DATA_DIR
from forum.system.finding.search import SearchWords
from forum.voice.ideas import queries, ranking
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.queries import Filters, Sort, idea_page
from forum.voice.ideas.ranking import rank_ideas
from forum.voice.ideas.search import SEARCH_TOKENS_VERSION, tokens_of
from forum.voice.ideas.services import store_idea

CASES = Path(__file__).with_name("search_cases.csv")
"""Searches as people type them, and ideas of the sample that must be among the first five. Written with the sample's
titles in sight. An exact AND, as before, found 15 of these 40 ideas.
"""


@pytest.fixture
def written(make):
    """Store an idea with real search tokens."""
    campaign, author = make.campaign(), make.citizen()

    def write(title: str, body: str = "설명", **values) -> Idea:
        values = {"campaign_id": campaign.id} | values
        return store_idea(Idea(author_id=author.participant.id, title=title, body=body, **values))

    write.campaign = campaign
    return write


def found(question: str) -> list[int]:
    return [hit.id for hit in rank_ideas(SearchWords.of(question))]


def listed(campaign, question: str, cursor: str = "", **filters) -> list[int]:
    return [idea.id for idea in idea_page(campaign, Filters.parse({"q": question} | filters), cursor, 20).ideas]


def test_the_order_is_the_same_on_both_databases(written):
    """All words, then most; title over body; rare words over common ones; the newer of equals."""
    few = written("전기차 보조금", "더 주세요")
    text = written("고칠 사람이 없어요", "전기차 충전기 고장이 잦습니다")
    most = written("충전기 고장을 알리는 앱", "바로 보이게")
    title = written("전기차 충전기 고장", "바로 고치기")
    weak = written("고장 난 전기차", "바로 고치기")
    for n in range(6):
        written(f"전기차 자랑 {n}", "우리 동네")
    for n in range(9):
        written(f"버스 배차 {n}", "더 자주")
    assert found("전기차 충전기 고장") == [title.id, text.id, most.id, weak.id]
    assert found("충전기 고장 전기차 버스") == [title.id, text.id, most.id, weak.id]
    assert few.id not in found("전기차 충전기 고장")


def test_words_that_stand_nowhere_do_not_hide_what_the_others_find(written):
    idea = written("급식 잔반 줄이기", "먹을 만큼만")
    assert found("급식 오로라") == [idea.id]
    assert found("오로라 공룡") == []


def test_words_typed_without_space_or_with_a_common_misspelling_are_found(written):
    apart = written("충전기 고장", "전기차를 못 타요")
    misspelt = written("쓰래기 줄이기", "더 자주")
    assert found("전기차충전기") == [apart.id]
    assert found("쓰레기") == found("쓰래기") == [misspelt.id]


def test_only_so_many_are_ranked_the_newest_first(written, monkeypatch):
    monkeypatch.setattr(ranking, "MAX_RANKED", 3)
    monkeypatch.setattr(queries, "MAX_RANKED", 3)
    ids = [written(f"버스 배차 {n}", "더 자주").id for n in range(5)]
    page = idea_page(written.campaign, Filters.parse({"q": "버스 배차"}), "", 20)
    assert [idea.id for idea in page.ideas] == ids[:0:-1]
    assert (page.is_counted, page.next_cursor) == (False, "")


def test_pages_of_a_search_hold_each_idea_once_even_if_one_comes_meanwhile(written):
    campaign = written.campaign
    ids = [written(f"버스 배차 {n}", "더 자주").id for n in range(5)]
    first = idea_page(campaign, Filters.parse({"q": "버스 배차"}), "", 2)
    written("버스 배차 새로", "더 자주")
    second = idea_page(campaign, Filters.parse({"q": "버스 배차"}), first.next_cursor, 2)
    first.ideas[-1].state = IdeaState.WITHDRAWN  # the one that the cursor names
    db.session.flush()
    third = idea_page(campaign, Filters.parse({"q": "버스 배차"}), first.next_cursor, 2)
    assert [[idea.id for idea in page.ideas] for page in (first, second)] == [ids[:2:-1], ids[2:0:-1]]
    assert len(third.ideas) == 2
    assert first.total == 5


def test_a_search_stays_in_its_campaign_and_state(written, make):
    idea = written("버스 배차")
    written("버스 배차", campaign_id=make.campaign().id)
    hidden = written("버스 배차", state=IdeaState.HIDDEN)
    withdrawn = written("버스 배차", state=IdeaState.WITHDRAWN)
    assert listed(written.campaign, "버스") == [idea.id]
    assert listed(written.campaign, "버스", state="WITHDRAWN") == [withdrawn.id]
    assert listed(written.campaign, "버스", state="HIDDEN") == [idea.id] != [hidden.id]


def test_another_order_may_be_asked_for(written):
    old, new = written("버스 배차"), written("급행", "버스 배차")
    part = written("버스")
    assert listed(written.campaign, "버스 배차") == [old.id, new.id, part.id]
    assert listed(written.campaign, "버스 배차", sort="new") == [new.id, old.id]
    assert listed(written.campaign, "버스 오로라", sort="new") == [part.id, new.id, old.id]


def test_the_best_matches_come_first_only_where_somebody_searches():
    assert Filters.parse({"sort": "relevant"}).sort is Sort.NEW
    assert Filters.parse({"q": "버스"}).sort is Sort.RELEVANT
    newest = Filters.parse({"q": "버스", "sort": "new"})
    assert (newest.sort, Filters.parse(newest.as_args()).sort) == (Sort.NEW, Sort.NEW)
    assert Filters.parse({"q": "버스"}).as_args() == {"q": "버스"}


def test_the_list_marks_the_words_and_cuts_the_text_around_them(client, written):
    written("<b>버스</b>", "앞말 " * 60 + "배차를 <i>늘려</i> 주세요 " + "뒷말 " * 60)
    db.session.commit()
    page = client.get(f"/c/{written.campaign.slug}/ideas?q=버스 배차").text
    assert "&lt;b&gt;<mark>버스</mark>&lt;/b&gt;" in page
    assert "<mark>배차</mark>를 &lt;i&gt;늘려&lt;/i&gt;" in page


@pytest.fixture
def sample(make) -> dict[int, str]:
    """The ideas of the sample, with their real tokens: id -> their name in the sample."""
    campaign, author, now = make.campaign(), make.citizen(), clock.now()
    files = sorted((DATA_DIR / "sample" / "ideas").glob("*.jsonl"))
    ideas = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    same = {"campaign_id": campaign.id, "author_id": author.participant.id, "state": IdeaState.OPEN, "revision": 1}
    same |= {"search_tokens_version": SEARCH_TOKENS_VERSION, "created_at": now, "updated_at": now}
    rows = [
        {"id": number, "title": idea["title"], "body": idea["body"]}
        | {"search_tokens": tokens_of(idea["title"], idea["body"])}
        | same
        for number, idea in enumerate(ideas, start=1)
    ]
    db.session.execute(sa.insert(Idea.__table__), rows)
    return {number: idea["id"] for number, idea in enumerate(ideas, start=1)}


def test_searches_as_people_type_them_find_what_they_mean(sample):
    missing = {}
    with CASES.open(encoding="utf-8", newline="") as file:
        for query, wanted in csv.reader(line for line in file if not line.startswith("query,")):
            first = [sample[idea_id] for idea_id in found(query)[:5]]
            missing[query] = [name for name in wanted.split() if name not in first]
    assert len(missing) >= 15
    assert {query: names for query, names in missing.items() if names} == {}

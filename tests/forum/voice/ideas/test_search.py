from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.system.finding.search import SearchWords
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.ranking import all_words
from forum.voice.ideas.search import similar_ideas, word_similarities
from forum.voice.ideas.services import store_idea


@pytest.fixture
def written(make):
    """Store an idea with real search tokens."""
    campaign, author = make.campaign(), make.citizen()

    def write(title: str, body: str = "설명", **values) -> Idea:
        idea = Idea(campaign_id=campaign.id, author_id=author.participant.id, title=title, body=body, **values)
        return store_idea(idea)

    write.campaign = campaign
    return write


def found(question: str) -> set[int]:
    return set(db.session.scalars(sa.select(Idea.id).where(all_words(SearchWords.of(question)))))


@pytest.mark.parametrize("question", ["재생에너지", "재생에너지를", "재생에너지는 왜", "에너지", "재생", "늘려요"])
def test_words_are_found_in_whatever_form_they_are_asked(written, question):
    idea = written("재생에너지를 늘리자", "바람과 햇빛으로 전기를 만들면 늘릴 수 있어요")
    written("급식 잔반 줄이기", "다 먹는 날을 정해요")
    assert found(question) == {idea.id}


def test_every_word_of_a_question_must_be_there(written):
    both = written("버스 정기권", "청소년 버스 요금")
    written("버스 배차", "더 자주")
    assert found("청소년 버스") == {both.id}


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "AND",
        "a:b",
        "NEAR(",
        "*",
        "은 는 이 가",
        "ㅋㅋㅋ",
        "ㅌㅅ",
        "!!!",
        "\\",
        "'",
        "%",
        "') OR 1=1 --",
        "🌍",
        " ",
    ],
)
def test_odd_questions_are_answered_and_find_nothing_by_accident(written, question):
    written("버스 정기권", "청소년 요금")
    assert found(question) == set()


def test_a_question_of_ten_kilobytes_is_cut_and_answered(written):
    idea = written("버스")
    assert found("버스 " * 2_000) == {idea.id}
    assert found("가나다" * 4_000) == set()


def test_a_changed_text_is_found_by_its_new_words_only(written):
    idea = written("버스 정기권")
    idea.search_tokens = "자전거"
    db.session.flush()
    assert (found("버스"), found("자전거")) == (set(), {idea.id})


def test_the_ideas_like_a_draft_come_best_first(written):
    near = written("학교 옥상에 태양광 발전기 설치", "학교 옥상이 비어 있어 태양광을 달면 전기를 아낀다")
    far = written("공원 옥상 정원", "옥상에 나무를 심자")
    for n in range(6):
        written(f"음식물 쓰레기 줄이기 {n}", "급식 잔반을 재자")
    ranked = similar_ideas(written.campaign.id, "학교 옥상 태양광", "옥상에 태양광 발전기를 답시다")
    assert ranked[0][0] == near.id
    assert [idea_id for idea_id, _score in ranked] in ([near.id], [near.id, far.id])
    assert all(0 < score <= 1 for _id, score in ranked)


def test_withdrawn_ideas_and_other_campaigns_are_not_suggested(written, make):
    written("학교 옥상 태양광", state=IdeaState.WITHDRAWN)
    assert similar_ideas(written.campaign.id, "학교 옥상 태양광", "") == []
    written("학교 옥상 태양광")
    assert similar_ideas(make.campaign().id, "학교 옥상 태양광", "") == []


@pytest.mark.parametrize("draft", ["", "은 는", "ㅋㅋ", '" AND *', "\\'", "가" * 5_000])
def test_an_empty_or_odd_draft_is_like_nothing(written, draft):
    written("버스 정기권")
    assert similar_ideas(written.campaign.id, draft, draft) == []


def test_words_that_stand_everywhere_are_neither_counted_nor_weighed(written, engine_name, monkeypatch):
    """With PostgreSQL's own statistics, and without them, what is found is the same."""
    monkeypatch.setattr("forum.voice.ideas.search.COMMON_TOKEN_FREQUENCY", 30)
    near = written("학교 옥상 태양광")
    for n in range(60):
        written(f"학교 급식 {n}")
    with monkeypatch.context() as unsampled:  # an ANALYZE of autovacuum's may have come in another test
        unsampled.setattr("forum.voice.ideas.search._estimated_frequencies", lambda _tokens: (0, {}))
        counted = word_similarities(written.campaign.id, "학교 태양광", "")
    if engine_name == "postgresql":
        db.session.execute(sa.text("ANALYZE idea"))
    assert word_similarities(written.campaign.id, "학교 태양광", "") == counted
    assert set(counted) == {near.id}
    db.session.rollback()  # what was sampled must not outlive the test


def test_ideas_asked_for_by_number_are_looked_at_too_if_they_are_open(written):
    other, gone = written("급식 잔반"), written("급식 채식", state=IdeaState.WITHDRAWN)
    near = written("옥상 태양광")
    found = word_similarities(written.campaign.id, "태양광", "", extra_ids=[other.id, gone.id])
    assert set(found) == {near.id, other.id}
    assert found[other.id] == 0 < found[near.id] <= 1


def test_what_a_draft_fetches_is_bounded_by_its_rarest_words(written, monkeypatch):
    monkeypatch.setattr("forum.voice.ideas.search.MAX_CANDIDATES", 3)
    near = written("옥상 태양광")
    for n in range(5):
        written(f"태양광 급식 {n}")
    assert set(word_similarities(written.campaign.id, "옥상 태양광", "")) == {near.id}


def test_an_idea_of_the_same_words_scores_one_and_a_long_one_that_holds_them_less(written):
    same = written("옥상 태양광", "옥상")
    long = written("옥상 태양광", "급식 잔반과 버스 배차와 공원 나무와 골목 가로등 이야기도 있습니다")
    for n in range(5):
        written(f"음식물 쓰레기 {n}")
    found = word_similarities(written.campaign.id, "옥상 태양광", "")
    assert found[same.id] > 0.99
    assert found[long.id] < 0.8

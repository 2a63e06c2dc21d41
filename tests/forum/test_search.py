from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.extensions import db
from forum.ideas.models import Idea, IdeaState
from forum.ideas.services import store_idea
from forum.search import matching, similar_ideas, tokens_of_question


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
    return set(db.session.scalars(sa.select(Idea.id).where(matching(tokens_of_question(question)))))


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

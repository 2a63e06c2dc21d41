from __future__ import annotations

import numpy as np
import pytest

from nlp.records import IdeaText
from nlp.similarity.embedding_store import InMemoryEmbeddings
from nlp.similarity.encoders import IdeaEmbeddings
from nlp.similarity.index import SimilarityIndex, trigram_similarity, trigrams
from nlp.text.synonyms import Synonyms

IDEAS = [
    IdeaText(10, "따릉이 대여소를 늘려 주세요", "지하철역 앞에 공공자전거 대여소가 모자랍니다"),
    IdeaText(11, "공공자전거 대여소 확대", "역 앞 따릉이 대여소를 늘려 주세요"),
    IdeaText(12, "카페 일회용컵 금지", "매장 안에서 플라스틱 컵을 쓰지 않게 합시다"),
    IdeaText(13, "나무를 심어요", "도시숲을 넓힙시다"),
    IdeaText(14, "!!!", ""),
]


def meaning_of(rows: dict[int, list[float]]) -> IdeaEmbeddings:
    table = np.array(list(rows.values()), dtype=np.float32)
    return IdeaEmbeddings("by hand", np.array(list(rows)), table, table)


def keys(found):
    return [similar.key for similar in found]


def test_the_likest_comes_first_and_strangers_not_at_all():
    found = SimilarityIndex(IDEAS).similar_ideas(IDEAS[0], k=5, exclude=[10])
    assert keys(found)[0] == 11
    assert 13 not in keys(found)
    assert 0 < found[0].score <= 1
    assert found[0].semantic is None


def test_the_same_text_scores_one_and_k_is_kept():
    found = SimilarityIndex(IDEAS).similar_ideas(IDEAS[0], k=1)
    assert [(one.key, one.score) for one in found] == [(10, 1.0)]


def test_meaning_finds_what_shares_no_word():
    vectors = meaning_of({10: [1, 0, 0], 11: [0.9, 0.1, 0], 12: [0, 1, 0], 13: [0, 0.9, 0.1], 14: [0, 0, 1]})
    embeddings = InMemoryEmbeddings(vectors)
    index = SimilarityIndex(IDEAS, embeddings)
    found = index.similar_ideas(IDEAS[2], vector=embeddings.rows(np.array([2]))[0], exclude=[12])
    assert keys(found)[0] == 13
    assert keys(SimilarityIndex(IDEAS).similar_ideas(IDEAS[2], exclude=[12])) == []


def test_an_idea_without_vector_is_compared_by_words():
    embeddings = InMemoryEmbeddings(meaning_of({10: [1, 0], 12: [0, 1]}))
    found = SimilarityIndex(IDEAS, embeddings).similar_ideas(
        IDEAS[0], vector=embeddings.rows(np.array([0]))[0], exclude=[10]
    )
    assert keys(found)[0] == 11
    assert found[0].semantic is None


def test_groups_of_ideas_that_ask_the_same():
    again = [IdeaText(idea.key + 100, idea.title + " 꼭", idea.body) for idea in IDEAS[:2]]
    groups = SimilarityIndex([*IDEAS, *again]).duplicate_groups()
    assert (10, 110) in groups or any({10, 110} <= set(group) for group in groups)
    assert not any(13 in group for group in groups)
    assert SimilarityIndex(IDEAS[2:]).duplicate_groups() == ()


def test_a_long_chain_is_cut_where_its_pairs_are_weakest():
    words = [f"{letter}{other}" for letter in "bcdfghjk" for other in "lmnpqrstvw"]
    chain = [IdeaText(n, " ".join(words[n : n + 4]), "") for n in range(77)]  # each shares three of four with the next
    joined = SimilarityIndex(chain[:40]).duplicate_groups()
    assert joined == (tuple(range(40)),)
    assert SimilarityIndex(chain).duplicate_groups() == ()


def test_copies_stay_together_however_many_they_are():
    copies = [IdeaText(n, "따릉이 대여소를 늘려 주세요", "지하철역 앞에 모자랍니다") for n in range(120)]
    assert SimilarityIndex(copies).duplicate_groups() == (tuple(range(120)),)


@pytest.mark.parametrize("text", ["", "🌱", "\ud800\udfff", "ㅋ", "가" * 5000, "zzzz"])
def test_odd_questions_find_nothing_and_raise_nothing(text):
    assert SimilarityIndex(IDEAS).similar_ideas(IdeaText(0, text, text)) == []


def test_decomposed_hangul_finds_the_same():
    import unicodedata

    typed = IdeaText(0, unicodedata.normalize("NFD", IDEAS[0].title), "")
    assert keys(SimilarityIndex(IDEAS).similar_ideas(typed))[0] == 10


@pytest.mark.parametrize("ideas", [[], [IdeaText(1, "", "")], [IdeaText(n, "같은 제안", "") for n in range(3)]])
def test_small_and_uniform_collections_are_no_error(ideas):
    index = SimilarityIndex(ideas)
    assert len(index.similar_ideas(IdeaText(9, "같은 제안", ""), k=9)) == (3 if len(ideas) == 3 else 0)
    assert index.duplicate_groups() == (((0, 1, 2),) if len(ideas) == 3 else ())


def test_two_ideas_of_one_key_are_refused():
    with pytest.raises(ValueError, match="same key"):
        SimilarityIndex([IDEAS[0], IDEAS[0]])


def test_trigrams_are_those_of_pg_trgm():
    assert trigrams("Cat") == {"  c", " ca", "cat", "at "}
    assert trigram_similarity(trigrams("word"), trigrams("two words")) == pytest.approx(4 / 11)  # as its handbook says
    assert trigram_similarity(frozenset(), frozenset()) == 0


def test_another_word_for_the_same_finds_an_idea_and_the_same_word_finds_it_better():
    ideas = [
        IdeaText(1, "헬멧 빌려주기", ""),
        IdeaText(2, "안전모 나눠주기", ""),
        IdeaText(3, "나무 심기", ""),
        IdeaText(4, "버스 늘리기", ""),
    ]
    query = IdeaText(0, "안전모", "")
    assert [found.key for found in SimilarityIndex(ideas).similar_ideas(query)] == [2, 1]
    assert [found.key for found in SimilarityIndex(ideas, synonyms=Synonyms()).similar_ideas(query)] == [2]

from __future__ import annotations

import pytest

from forum.system.finding.search import MAX_SEARCH_CHARS, Candidate, SearchWords, inverse_frequencies
from nlp.text.tokens import search_tokens


def thing(number: int, title: str, text: str = "") -> Candidate:
    return Candidate(number, title, frozenset(search_tokens(title) + search_tokens(text)))


def order(question: str, *things: Candidate) -> list[int]:
    words = SearchWords.of(question)
    frequencies = {token: sum(token in one.tokens for one in things) for token in words.tokens}
    return [hit.id for hit in words.rank(things, inverse_frequencies(len(things), frequencies))]


def test_all_words_come_before_most_of_them_and_few_are_not_found():
    things = (
        thing(1, "충전기 고장이 잦아요", "자주 멈춥니다"),
        thing(2, "전기차 충전기가 고장 나면 알려 주세요"),
        thing(3, "전기차 보조금"),
    )
    assert order("전기차 충전기 고장", *things) == [2, 1]


def test_words_of_a_compound_are_found_apart():
    assert order("급식 잔반", thing(1, "잔반을 재자", "학교 급식에서"), thing(2, "버스")) == [1]


def test_a_word_in_the_title_outweighs_one_in_the_text_and_a_rare_word_a_common_one():
    common = [thing(number, f"버스 노선 {number}") for number in range(10, 20)]
    things = (thing(1, "동네 길", "버스와 그늘막"), thing(2, "버스와 그늘막"), thing(3, "그늘막"), *common)
    found = order("버스 그늘막", *things)
    assert found[:3] == [2, 1, 3]
    assert found[3] == 19  # of equal ones the newest


@pytest.mark.parametrize(
    "question", ["", " ", '"', "은 는 이 가", "ㅋㅋ", "!!!", "\x00", "\ud800", "🌍", "*", "(" * 10_000]
)
def test_a_text_without_a_word_has_none(question):
    words = SearchWords.of(question)
    assert (words.tokens, words.rank([thing(1, "버스")], {}), words.mark("버스")) == ((), [], "버스")


def test_a_long_text_is_cut():
    assert len(SearchWords.of("가나 " * 10_000).tokens) <= MAX_SEARCH_CHARS


def test_a_common_misspelling_is_corrected():
    assert SearchWords.of("쓰래기").tokens == SearchWords.of("쓰레기").tokens


def test_marks_are_put_around_words_and_the_rest_is_escaped():
    words = SearchWords.of("태양광 R&D")
    assert words.mark("<b>태양광</b> & 옥상") == "&lt;b&gt;<mark>태양광</mark>&lt;/b&gt; &amp; 옥상"
    assert SearchWords.of("재생에너지").mark("재생 에너지로") == "<mark>재생 에너지</mark>로"
    assert SearchWords.of("물").mark("물을 건물에") == "<mark>물</mark>을 건물에"


def test_a_snippet_shows_the_first_word_found():
    body = "앞말 " * 60 + "태양광을 올립시다. " + "뒷말 " * 60
    cut = SearchWords.of("태양광").cut(body)
    assert "태양광" in cut
    assert (cut[0], cut[-1], len(cut) <= 122) == ("…", "…", True)
    assert SearchWords.of("없는낱말").cut("짧은 글\n두 줄") == "짧은 글 두 줄"

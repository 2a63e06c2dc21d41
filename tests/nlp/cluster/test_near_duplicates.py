from __future__ import annotations

import random

import pytest

from nlp.cluster import near_duplicates
from nlp.cluster.near_duplicates import find_near_duplicates


def test_the_same_text_retyped_leads_to_the_first_of_its_group():
    text = "학교 옥상이 비어 있으니 태양광 발전기를 달아 전기를 만들면 좋겠습니다"
    texts = [text, "버스를 더 자주 보내 주세요", text.replace("좋겠습니다", "좋겠어요"), text + "!"]
    assert find_near_duplicates(texts) == {2: 0, 3: 0}


def test_texts_about_the_same_are_no_copies():
    assert find_near_duplicates(["학교 옥상에 태양광을 달자", "아파트 지붕에 태양광 발전기를 놓아요"]) == {}


def test_empty_and_short_texts():
    assert find_near_duplicates([]) == {}
    assert find_near_duplicates(["", ""]) == {}
    assert find_near_duplicates(["네", "네"]) == {}


def proposals(n: int) -> list[str]:
    """Texts of which no two share much, made of numbered made-up words."""
    rng = random.Random(4)
    letters = [chr(0xAC00 + 28 * place) for place in range(399)]
    return ["".join(rng.choices(letters, k=80)) for _ in range(n)]


def test_large_corpora_find_the_same_copies_without_comparing_all_pairs(monkeypatch):
    texts = proposals(300)
    texts += [text[:70] + "끝을바꾸었습니다" for text in texts[:50]]  # each once more, reworded at the end
    texts += [texts[7][:75] + "가나다라마"[:n] for n in range(1, 6)] * 4  # and a flood of one
    exact = find_near_duplicates(texts)
    monkeypatch.setattr(near_duplicates, "MAX_PAIRWISE_TEXTS", 10)
    assert len(exact) == 70
    assert find_near_duplicates(texts) == exact


def test_a_hundred_thousand_copies_are_one_text():
    found = find_near_duplicates(["따릉이 대여소를 늘려 주세요"] * 100_000)
    assert len(found) == 99_999
    assert set(found.values()) == {0}


@pytest.mark.parametrize("text", ["가" * 5_000, "🌍" * 50, "a\ud800b" * 9, "\x00" * 9])
def test_odd_texts_are_copies_of_themselves_alone(text):
    assert find_near_duplicates([text, "버스를 더 자주 보내 주세요", text]) == {2: 0}

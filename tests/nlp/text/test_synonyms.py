from __future__ import annotations

from collections import Counter

import pytest

from nlp.text.synonyms import Synonyms, shipped_groups, synonyms_with
from nlp.text.tokens import morphemes


def groups_in(text: str, synonyms: Synonyms) -> list[tuple[str, ...]]:
    return synonyms.found_in([morpheme.surface for morpheme in morphemes(text)])


def test_the_shipped_table_has_many_groups_and_no_word_twice():
    words = Counter("".join(word.split()).lower() for group in shipped_groups() for word in group)
    assert len(shipped_groups()) >= 60
    assert all(len(group) >= 2 for group in shipped_groups())
    assert [word for word, n in words.items() if n > 1] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("안전모를 빌려 주세요", "헬멧 대여"),
        ("자전거 후미등을 달자", "자전거에 라이트를"),
        ("지붕에 태양광을", "집마다 태양광"),
        ("전기 자동차가 좋아요", "EV 보급"),
        ("학교 급식", "급식을 맛있게"),
    ],
)
def test_words_of_a_group_are_found_however_the_tagger_splits_them(one, other):
    assert set(groups_in(one, synonyms_with())) & set(groups_in(other, synonyms_with()))


def test_a_syllable_within_another_word_is_no_word():
    assert groups_in("자료를 수집하고 편집했다", synonyms_with()) == []


def test_a_campaigns_group_that_shares_a_word_extends_the_shipped_one():
    extended = synonyms_with((("안전모", "머리보호구"), ("물놀이터", "바닥분수")))
    assert len(extended) == len(synonyms_with()) + 1
    assert set(groups_in("머리보호구", extended)) == set(groups_in("헬멧", extended))
    assert groups_in("바닥 분수", extended) == [("물놀이터", "바닥분수")]


def test_groups_are_joined_through_a_third_in_whatever_order():
    joined = Synonyms([("가방", "배낭"), ("책보", "보자기"), ("배낭", "책보")])
    assert len(joined) == 1
    assert set(groups_in("가방", joined)) == set(groups_in("보자기", joined))


def test_without_groups_nothing_is_found():
    assert len(Synonyms()) == 0
    assert groups_in("안전모와 헬멧", Synonyms()) == []

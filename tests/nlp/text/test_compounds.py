from __future__ import annotations

import pytest

from nlp.records import IdeaText
from nlp.text import compounds
from nlp.text.compounds import CompoundFinder, find_compounds, merge_compounds, split_noun_runs
from nlp.text.tokenized import expand_compounds, telling_parts, tokenize_idea

OTHERS = [
    f"{first} {second}" for first in "하늘 바다 구름 모래 자갈".split() for second in "바람 별빛 달빛 햇살".split()
]


def learn(*noun_runs: str, people: list[int] | None = None, times: int = 1) -> dict[str, tuple[str, ...]]:
    """Compounds of ideas of a noun run each, among others whose nouns go with anything."""
    given = [*noun_runs * times, *OTHERS]
    words = [run.replace("\n", " ").split() for run in given]
    who = people or list(range(len(given)))
    return find_compounds(given, words, [*who, *range(1_000, 1_000 + len(given) - len(who))])


def runs_of(title: str, body: str) -> list[tuple[str, ...]]:
    return split_noun_runs(tokenize_idea(IdeaText(1, title, body), title_weight=1, body_chars=300).noun_runs)


def test_nouns_that_people_use_side_by_side_are_a_word():
    assert learn("푸드 트럭", times=6) == {"푸드트럭": ("푸드", "트럭")}
    assert learn("푸드 트럭", times=5) == {}


def test_nouns_that_go_with_anything_are_none():
    assert learn() == {}


def test_many_ideas_of_one_person_make_no_word():
    assert learn("푸드 트럭", times=40, people=[7] * 40) == {}


def test_a_second_round_joins_what_the_first_has_made():
    found = learn("임산부 배려 석", "배려 석", times=8)
    assert found["임산부배려석"] == ("임산부", "배려", "석")


def test_a_slogan_of_many_words_is_no_word():
    found = learn("은평 광역 자원 센터", times=8)
    assert found
    assert max(map(len, found.values())) <= 3


def test_what_some_write_as_one_word_is_one_for_all():
    whole = ["길고양이", "길고양이"]
    assert learn("길 고양이", "길 고양이", *whole) == {"길고양이": ("길", "고양이")}
    assert learn("길 고양이", "길 고양이", *whole[:1]) == {}


def test_a_particle_that_the_tagger_took_for_a_noun_makes_no_word():
    assert set(learn("반려 견", "반려 견과", times=8)) == {"반려견"}


def test_a_stop_word_is_not_made_up_of_pieces():
    assert learn("감 사", times=8) == {}


def test_the_order_of_ideas_is_nothing():
    given = ["푸드 트럭", "스크린 도어", "배려 석 자리"] * 8
    assert learn(*given) == learn(*reversed(given))


def test_a_large_corpus_is_learned_from_a_part_of_it(monkeypatch):
    monkeypatch.setattr(compounds, "SAMPLE", 30)
    assert learn("푸드 트럭", times=60) == learn("푸드 트럭", times=60) == {"푸드트럭": ("푸드", "트럭")}
    monkeypatch.setattr(compounds, "SAMPLE", 3)
    assert learn("푸드 트럭", times=60) == {}


def test_no_ideas_have_no_words():
    assert find_compounds([], [], []) == {}
    assert find_compounds([""], [["나무"]], [1]) == {}


@pytest.mark.parametrize(
    ("title", "body"), [("임산부", "배려석 늘리기"), ("임산부, 배려석", ""), ("임산부의 배려석", "")]
)
def test_nouns_of_two_places_are_not_side_by_side(title, body):
    assert not any({"임산부", "배려"} <= set(run) for run in runs_of(title, body))


def test_nouns_with_only_a_space_between_are():
    assert ("임산부", "배려", "석") in runs_of("임산부 배려석", "")


def test_a_compound_stands_in_place_of_its_parts_as_often_as_it_was_said():
    parts = {"푸드트럭": ("푸드", "트럭")}
    words = ("푸드", "트럭", "트럭", "나무")
    compounds = CompoundFinder(parts)
    for _ in range(2):  # a run that was seen before is read in the same way
        assert sorted(merge_compounds(words, "푸드 트럭", compounds)) == ["나무", "트럭", "푸드트럭"]
        assert merge_compounds(words, "트럭 나무", compounds) == words


def test_a_compound_is_like_its_parts():
    assert expand_compounds(["푸드트럭", "나무"], telling_parts({"푸드트럭": ("푸드", "트럭")})) == [
        "푸드트럭",
        "나무",
        "푸드",
        "트럭",
    ]

from __future__ import annotations

import pytest

from nlp.text.tokens import PhraseMatcher
from nlp.titles.phrases import PhraseCounts, count_phrases


def heard(text: str, *marks: str) -> PhraseCounts:
    found = PhraseCounts(dict.fromkeys(marks, 1.0))
    count_phrases(text, found)
    return found


@pytest.mark.parametrize(
    ("text", "mark", "phrases"),
    [
        ("강일동9호선연장을 바랍니다", "연장", set()),
        ("9호선 연장이 먼저", "연장", {"9호선연장"}),
        ("골목 소화기를 늘려요", "소화기", {"소화기", "골목소화기"}),
        ("소화기용 받침", "소화기", {"소화기용받침"}),
        ("소화기값 인하", "소화기", {"소화기값"}),
        ("때 소화기", "소화기", {"소화기"}),
        ("골목의 소화기", "소화기", {"소화기", "골목소화기"}),
        ("아이들의 소화기", "소화기", {"소화기", "아이소화기"}),
        ("골목이 소화기", "소화기", {"소화기"}),
        ("바다를 살려요", "소화기", set()),
        ("", "소화기", set()),
    ],
)
def test_phrases_are_whole_written_words_around_a_keyword(text, mark, phrases):
    assert set(heard(text, mark).phrases) == phrases


def test_a_request_belongs_to_the_noun_right_before_it():
    (reading,) = heard("골목 소화기와 신호등을 늘려 주세요", "골목", "소화기").readings
    assert {(noun, demand.label) for noun, demand in reading.demands} == {("신호등", "확대")}


def test_a_stop_word_that_holds_a_verb_does_not_hide_a_request():
    counts = PhraseCounts({}, PhraseMatcher(["해주", "부터"]))
    count_phrases("사기를 처벌해주세요", counts)
    assert {demand.label for _noun, demand in counts.readings[0].demands} == {"처벌"}

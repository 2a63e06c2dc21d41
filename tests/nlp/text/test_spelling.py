from __future__ import annotations

import pytest

from nlp.records import IdeaText
from nlp.text.spelling import correct_spelling, spellings
from nlp.text.tokenized import tokenize_idea


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("쓰래기통을 치우자", "쓰레기통을 치우자"),
        ("음식물쓰래기와 1회용 프라스틱", "음식물쓰레기와 일회용 플라스틱"),
        ("나무를 심자", "나무를 심자"),
        ("", ""),
    ],
)
def test_slips_are_put_right_wherever_they_stand(text, expected):
    assert correct_spelling(text) == expected


def test_nothing_is_mended_twice():
    assert all(correct_spelling(right) == right for right in spellings().values())


def test_a_slip_gives_the_words_of_its_right_spelling():
    wrong, right = (tokenize_idea(IdeaText(1, text, ""), 1, 300) for text in ("쓰래기 줄이기", "쓰레기 줄이기"))
    assert wrong.words == right.words == ("쓰레기",)
    assert wrong.title == "쓰래기 줄이기"

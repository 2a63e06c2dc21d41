from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from nlp.pipeline import Settings, analyse
from nlp.records import IdeaText
from nlp.text.tokenized import tokenize_idea
from nlp.text.tokens import DATA_DIR
from nlp.text.userwords import MAX_USER_WORDS, UserWordError, check_user_words, shipped_user_words


def test_words_are_cleaned_distinct_and_sorted():
    assert check_user_words([" 소환제표 ", "국민소환", "소환제표"]) == ("국민소환", "소환제표")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["제안"], "'제안' is a stop word"),
        (["버스 노선"], "'버스 노선' is no word"),
        (["가"], "is no word"),
        ([""], "is no word"),
        (["가" * 31], "is no word of at most 30"),
        (["<b>"], "is no word"),
        ([f"낱말{n}" for n in range(MAX_USER_WORDS + 1)], "more than 500"),
    ],
)
def test_what_is_no_user_word_is_refused_in_words(words, why):
    with pytest.raises(UserWordError, match=why):
        check_user_words(words)
    with pytest.raises(UserWordError, match=why):
        analyse([], Settings(user_words=tuple(words)))


def test_a_user_word_is_one_noun_however_the_tagger_splits_it():
    idea = IdeaText(1, "헬리오시티 교통", "")
    assert "헬리오시티" not in tokenize_idea(idea, 1, 300).words
    assert "헬리오시티" in tokenize_idea(idea, 1, 300, user_words=("헬리오시티",)).words


def test_a_run_keeps_its_user_words():
    settings = replace(Settings(), user_words=("헬리오시티",))
    assert analyse([], settings).parameters["user_words"] == ("헬리오시티",)


def test_the_shipped_words_are_user_words_themselves():
    assert len(shipped_user_words()) > 50
    assert check_user_words(shipped_user_words()) == tuple(sorted(shipped_user_words()))


def test_a_shipped_word_stands_in_one_file():
    words = {
        name: {row["word"] for row in csv.DictReader((DATA_DIR / name).read_text(encoding="utf-8").splitlines())}
        for name in ("user_words.csv", "netzero_lexicon.csv")
    }
    assert not words["user_words.csv"] & words["netzero_lexicon.csv"]

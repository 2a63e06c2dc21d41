from __future__ import annotations

from nlp.titles.generate import generate_title
from tests.nlp.titles.test_generate import title_of, words


def test_two_nouns_with_a_particle_between_them_are_a_phrase():
    titles = ["보건소에서 난임 주사를 맞게", "보건소에서 난임 주사", "보건소에서 난임 주사를", "보건소 시간"]
    assert title_of(titles, words("보건소", "난임", "주사")) == "보건소 난임 주사"


def test_who_says_only_the_end_of_a_long_word_says_the_word():
    titles = ["길고양이를 지켜 주세요", "고양이를 살려 주세요", "고양이를 지켜 주세요", "길고양이 겨울", "고양이 겨울"]
    assert title_of(titles, words("길고양이", "겨울")) == "길고양이 보호"


def test_two_halves_without_common_members_are_both_named_and_weak():
    titles = [*["화장실 휴지"] * 3, *["흡연 냄새"] * 3]
    title = generate_title(titles, words("화장실", "흡연"))
    assert (title.text, title.is_weak) == ("화장실 휴지·흡연 냄새", True)


def test_two_words_for_one_kind_of_thing_are_not_both_named():
    titles = ["초등학교 이야기", "초등학교 담", "학생과 초등학교", "초등학교와 학생", "초등학교와 담"]
    assert title_of(titles, words("초등학교", "학생")) == "초등학교"


def test_a_harm_that_a_fifth_of_the_members_write_of_is_named_with_what_causes_it():
    titles = ["대기업 이야기", "기업 하나", "기업을 말합니다", "기업과 나", "기업 둘"]
    members = [{"기업", "갑질"}] * 4 + [{"기업"}] * 10
    assert title_of(titles, words("기업"), members) == "기업 갑질"

from __future__ import annotations

import unicodedata

import pytest

from forum.core.errors import InvalidInput
from forum.core.text import clean_line, clean_text, comparison_key, refuse_resident_numbers, strip_control_characters

LIMITS = {"max_chars": 100}


def line(value: str | None, **limits: int) -> str:
    return clean_line(value, "title", "제목", **(LIMITS | limits))


@pytest.mark.parametrize(
    "value",
    ["", None, "   ", "\n\t", "\u3164\u3164", "\u115f", "\uffa0", "\u2800 \u2800", "\u200b", "\ufeff"],
)
def test_nothing_but_blanks_is_refused_with_a_particle_that_fits(value):
    with pytest.raises(InvalidInput) as refused:
        line(value)
    assert refused.value.errors == {"title": "제목을 입력해 주세요."}


@pytest.mark.parametrize("value", ["가\x00나", "가\x07나", "\x1b[31m빨강", "가\x7f나"])
def test_control_characters_are_refused(value):
    with pytest.raises(InvalidInput, match="제어 문자"):
        line(value)


@pytest.mark.parametrize("value", ["\ud800", "가\udfff나"])
def test_lone_surrogates_are_refused(value):
    with pytest.raises(InvalidInput, match="깨진 글자"):
        line(value)


def test_nfd_from_a_mac_becomes_nfc():
    assert line(unicodedata.normalize("NFD", "탄소중립")) == "탄소중립"


def test_one_character_too_many_is_refused_with_both_numbers():
    assert line("가" * 100) == "가" * 100
    with pytest.raises(InvalidInput, match=r"100자까지 쓸 수 있어요\. 지금 101자"):
        line("가" * 101)


def test_invisible_direction_marks_go_and_emoji_families_stay():
    assert line("태\u202e양\u200b광\u00ad 👨\u200d👩\u200d👧") == "태양광 👨\u200d👩\u200d👧"


def test_a_stack_of_accents_is_capped():
    assert len(line("a" + "\u0301" * 90)) <= 6


def test_a_line_has_no_breaks_and_a_text_keeps_its_paragraphs():
    assert line("첫째\r\n둘째\u2028셋째") == "첫째 둘째 셋째"
    assert clean_text("첫째\r\n\r\n\r\n\r\n둘째", "body", "내용", max_chars=50) == "첫째\n\n둘째"


@pytest.mark.parametrize(
    "text",
    [
        "900101-1234567",
        "900101 - 1234567",
        "９００１０１－１２３４５６７",
        "제 번호는 900101―2234567 입니다",
        "외국인 900101-5234567",
        "9001011234567",
    ],
)
def test_resident_registration_numbers_are_refused_without_repeating_them(text):
    with pytest.raises(InvalidInput, match="주민등록번호") as refused:
        refuse_resident_numbers(text, "body")
    assert "234567" not in refused.value.message


@pytest.mark.parametrize(
    "text",
    [
        "2050년까지 40% 줄이자",
        "계좌 없이 010-1234-5678",
        "예산 9,001,011,234,567원",
        "기사 번호 2010110476851",
        "ㅋㅋㅋ",
    ],
)
def test_other_numbers_are_no_resident_numbers(text):
    refuse_resident_numbers(text, "body")


def test_two_ways_to_type_the_same_have_one_key():
    assert comparison_key("ＬＥＤ 조명\u3164") == comparison_key("led조명")


def test_stray_marks_of_an_imported_text_go_and_nul_stays_to_be_refused():
    assert strip_control_characters("가\x0b나\x00") == "가 나\x00"

"""What is refused, what is masked, and what is neither. All numbers are invented."""

from __future__ import annotations

import pytest

from forum.core.privacy import contains_resident_number, mask, masking_note

RESIDENT_NUMBERS = [
    "900101-1234567",
    "９００１０１－１２３４５６７",
    "900101 - 1234567",
    "900101―1234567",
    "900101–1234567",
    "900101ㅡ1234567",
    "900101~1234567",
    "900101--1234567",
    "900101.1234567",
    "900101/1234567",
    "900101_1234567",
    "900101,1234567",
    "900101(1234567)",
    "900101\n1234567",
    "900101 -\n1234567",
    "900101-123\n4567",
    "9 0 0 1 0 1 - 1 2 3 4 5 6 7",
    "90\u200b0101-12\u200b34567",
    "900101\u2060-\ufeff1234567",
    "9001011234567",
    "900101-1******",
    "900101-1xxxxxx",
    "900101-1●●●●●●",
    "9001011******",
    "900101-5234567",  # a foreigner's number
    "900101-8234567",
    "٩٠٠١٠١-١٢٣٤٥٦٧",
    "900101 뒷자리 1234567",
    "구공공일공일-일이삼사오육칠",
    "구공공일공일 일이삼사오육칠",
    "제 번호는900101-1234567입니다",
]
NO_RESIDENT_NUMBERS = [
    "",
    "2050년까지 40% 줄이자",
    "990101-9234567",  # a birth year in the 1800s: an article's number
    "바코드 8801234567890",
    "우리은행 1002-123-456789",
    "2021-12-31 1234567명",
    "991341-1234567",  # not a date
    "예산 9,001,011,234,567원",
    "2019 2020 2021 2022 2023",
    "일이삼사 오육칠팔 일이 많다",
    "010-1234-5678",
]


@pytest.mark.parametrize("text", RESIDENT_NUMBERS)
def test_a_resident_number_is_seen_however_it_is_written(text):
    assert contains_resident_number(text)
    assert contains_resident_number(f"안녕하세요. {text} 입니다")


@pytest.mark.parametrize("text", NO_RESIDENT_NUMBERS)
def test_other_numbers_are_not_taken_for_one(text):
    assert not contains_resident_number(text)


@pytest.mark.parametrize(
    ("text", "shown", "kind"),
    [
        ("전화 010-1234-5678 주세요", "전화 ***-****-**** 주세요", "전화번호"),
        ("０１０－１２３４－５６７８", "***－****－****", "전화번호"),
        ("010 1234 5678", "*** **** ****", "전화번호"),
        ("010\n1234\n5678", "***\n****\n****", "전화번호"),
        ("01012345678로 연락", "***********로 연락", "전화번호"),
        ("O1O-1234-5678", "***-****-****", "전화번호"),
        ("공일공-일이삼사-오육칠팔", "***-****-****", "전화번호"),
        ("+82 10 1234 5678", "+** ** **** ****", "전화번호"),
        ("구청 02-2133-2465", "구청 **-****-****", "전화번호"),
        ("kim.a@example.org 로", "***.*@*******.*** 로", "이메일"),
        ("kim＠example.org", "***＠*******.***", "이메일"),
        ("kim (at) example.org", "*** (**) *******.***", "이메일"),
        ("우리은행 1002-123-456789", "우리은행 ****-***-******", "계좌번호"),
        ("제 차 12가 3456", "제 차 *** ****", "차량번호"),
        ("카드 4111-1111-1111-1111", "카드 ****-****-****-****", "카드번호"),
        ("여권 M12345678", "여권 *********", "여권번호"),
        ("서울특별시 종로구 세종대로 209 101동 1203호에 삽니다", "***** *** **** *** **** *****에 삽니다", "주소"),
        ("강동구 성내동 443-24 사람", "*** *** ***-** 사람", "주소"),
    ],
)
def test_identifying_numbers_are_hidden_and_the_author_can_be_told(text, shown, kind):
    masked = mask(text)
    assert masked.text == shown
    assert kind in masked.kinds
    assert kind in masking_note(masked.kinds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "서울에 사는 시민입니다. 중화동에 나무를 심어 주세요.",
        "자치구별로 300세대에 통장 한 명",
        "2월까지 전시회로 2달 남짓",
        "은평구 진관동 15만 명의 주민",
        "https://news.example.org/v/20190517133638230",
        "사진 9FBA40F895CC0619171295E0.jpeg",
        "2019년 6월 4일 7시 40분, 예산 1,200,000,000원",
        "삼일대로 30길 정류장",
        "RE100, 2050년, 1.5℃, CO2 35.3ppm",
    ],
)
def test_places_counts_dates_and_web_addresses_stay(text):
    assert mask(text).text == text
    assert masking_note(mask(text).kinds) == ""


def test_masking_twice_is_masking_once():
    text = "010-1234-5678, kim@example.org, 우리은행 1002-123-456789, 12가 3456"
    once = mask(text).text
    assert mask(once).text == once


def test_what_is_far_apart_is_all_found():
    text = ("가나다 " * 300).join(["010-1234-5678", "kim@example.org", "끝"])
    assert mask(text).kinds == {"전화번호", "이메일"}
    assert len(mask(text).text) == len(text)

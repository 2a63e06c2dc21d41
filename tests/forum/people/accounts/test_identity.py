from __future__ import annotations

import time
import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.people.accounts.identity import (
    birth,
    day_of_turning,
    email_address,
    email_key,
    mailbox_key,
    refuse_reserved_name,
    region,
    shown_name,
    validate_fields,
    year_of_birth,
)

MINISTRIES = ("기후에너지환경부", "국토교통부")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("kim@example.org", "kim@example.org"),
        ("  Kim@Example.ORG ", "Kim@example.org"),
        ("ｋｉｍ＠example.org", "kim@example.org"),
        ("kim+forum@example.org", "kim+forum@example.org"),
        ("kim@한국.kr", "kim@xn--3e0b707e.kr"),
        (unicodedata.normalize("NFD", "kim@한국.kr"), "kim@xn--3e0b707e.kr"),
    ],
)
def test_an_address_is_kept_as_mail_servers_know_it(typed, kept):
    assert email_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        None,
        "",
        " ",
        "\u3164",
        "kim",
        "kim@",
        "@example.org",
        "kim@example",
        "kim@localhost",
        "kim@@example.org",
        "kim@example.org\nBcc: all@example.org",
        "kim@example.org, lee@example.org",
        "김@example.org",
        "kim\x00@example.org",
        "kim\x07@example.org",
        "kim\ud800@example.org",
        "k" * 250 + "@example.org",
        "<script>alert(1)</script>@example.org",
    ],
)
def test_what_is_no_address_is_refused_at_its_field(typed):
    with pytest.raises(InvalidInput) as refused:
        email_address(typed)
    assert list(refused.value.errors) == ["email"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kim@Example.org", "kim@example.org"),
        ("ｋｉｍ@example.org", "kim@example.org"),
        (unicodedata.normalize("NFD", "한글@example.org"), "한글@example.org"),
        (" kim@example.org ", "kim@example.org"),
        (" " * 310 + "kim@example.org", "kim@example.org"),
        ("kim@sample.invalid", "KIM@sample.invalid"),  # to which no mail can be sent
        ("kim@한국.kr", "kim@xn--3e0b707e.kr"),
        ("\ufeffkim@exam\u00adple.org\u3164", "kim@example.org"),
    ],
)
def test_addresses_that_people_call_the_same_have_one_key(one, other):
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize(
    "typed",
    [
        *(None, "", "   ", "\x00", "\ud800"),
        *("kim\x00@example.org", "kim\x07@sample.invalid", "kim\ud800@example.org"),
        *("k" * 250 + "@example.org", "\ufdfa" * 60 + "@sample.invalid", " " * 310),
    ],
)
def test_what_cannot_be_an_address_has_the_key_that_no_account_has(typed):
    assert email_key(typed) == ""
    assert mailbox_key(typed) == ""


def test_a_long_text_is_refused_before_it_is_normalised():
    """Normalising takes quadratic time where marks follow each other: 500 KB of them took minutes."""
    began = time.process_time()
    assert email_key("a" + "\u0301\u0323" * 100_000 + "@example.org") == ""
    with pytest.raises(InvalidInput):
        email_address("a" + "\u0301\u0323" * 100_000 + "@example.org")
    assert time.process_time() - began < 0.5


def test_a_name_is_kept_in_nfc_on_one_line():
    assert shown_name(unicodedata.normalize("NFD", " 푸른\t 지구 ")) == "푸른 지구"


@pytest.mark.parametrize(
    "typed",
    [
        *(None, "", " ", "\u3164\u3164\u3164", "가", "가" * 21, "가\x00나", "가\x1b나", "가\ud800나"),
        *("900101-1234567", "나는 900101-1234568"),
    ],
)
def test_a_bad_name_is_refused_at_its_field(typed):
    with pytest.raises(InvalidInput) as refused:
        shown_name(typed)
    assert list(refused.value.errors) == ["display_name"]


def test_a_refused_resident_number_is_not_repeated():
    with pytest.raises(InvalidInput) as refused:
        shown_name("900101-1234568")
    assert "900101" not in refused.value.message


@pytest.mark.parametrize(
    "name",
    [
        *("관리자", "관 리 자", "관리자1", "공식 관리자", "관\u200d리자", "운영자님", "Admin", "ＡＤＭＩＮ", "admin_2"),
        *("국토교통부", "국토교통부 공식", "기후에너지환경부 담당자"),
    ],
)
def test_nobody_takes_the_name_of_staff_or_a_ministry(name):
    with pytest.raises(InvalidInput):
        refuse_reserved_name(name, MINISTRIES)


@pytest.mark.parametrize("name", ["탄소 관리자가 꿈", "푸른지구", "국토대장정", "부산 담당자", "민주2", "시스템에어컨"])
def test_ordinary_names_are_free(name):
    refuse_reserved_name(name, MINISTRIES)


@pytest.fixture
def in_2026():
    with clock.at(datetime(2026, 11, 23, tzinfo=UTC)):
        yield


@pytest.mark.parametrize("year", [1900, 1985, 2011])
def test_years_of_people_who_need_no_guardian(in_2026, year):
    assert year_of_birth(year) == year


@pytest.mark.parametrize("year", [None, 0, -5, 1899, 2027, 99999])
def test_what_is_no_year_of_birth_is_refused(in_2026, year):
    with pytest.raises(InvalidInput, match="태어난 해"):
        year_of_birth(year)


@pytest.mark.parametrize("year", [2012, 2013, 2026])
def test_who_may_be_under_14_is_asked_for_the_day(in_2026, year):
    with pytest.raises(InvalidInput, match="날짜도") as refused:
        birth(year, None)
    assert list(refused.value.errors) == ["birth_date"]


@pytest.mark.parametrize(
    ("born", "until"),
    [
        (date(2012, 11, 23), None),  # 14 today
        (date(2012, 11, 24), date(2026, 11, 24)),
        (date(2012, 12, 31), date(2026, 12, 31)),
        (date(2012, 2, 29), None),
        (date(2016, 2, 29), date(2030, 3, 1)),
        (date(2026, 11, 23), date(2040, 11, 23)),
    ],
)
def test_only_the_day_of_turning_14_is_kept(in_2026, born, until):
    assert birth(born.year, born) == (born.year, until)


def test_a_date_is_not_looked_at_where_the_year_says_enough(in_2026):
    assert birth(2011, date(1999, 1, 1)) == (2011, None)


@pytest.mark.parametrize("born", [date(2013, 1, 1), date(2011, 12, 31), date(2012, 12, 1) + timedelta(days=365)])
def test_year_and_date_must_agree(in_2026, born):
    with pytest.raises(InvalidInput, match="서로 맞는지"):
        birth(2012, born)


def test_nobody_is_born_tomorrow(in_2026):
    with pytest.raises(InvalidInput, match="서로 맞는지"):
        birth(2026, date(2026, 11, 24))


@pytest.mark.parametrize(
    ("born", "turns"),
    [
        (date(2012, 2, 29), date(2026, 3, 1)),  # no such day in a common year: the year of age ends with February
        (date(2012, 2, 28), date(2026, 2, 28)),
        (date(2014, 2, 28), date(2028, 2, 28)),
        (date(2014, 3, 1), date(2028, 3, 1)),
        (date(2012, 12, 31), date(2026, 12, 31)),
    ],
)
def test_the_day_somebody_turns_14_over_a_leap_day(born, turns):
    assert day_of_turning(14, born) == turns


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("kim@example.org", "Kim+forum@example.org", True),
        ("k.i.m@gmail.com", "kim+x@googlemail.com", True),
        ("k.i.m@example.org", "kim@example.org", False),
        ("kim@example.org", "kim@example.com", False),
        ("ｋｉｍ＠example.org", "kim@example.org", True),
    ],
)
def test_two_spellings_of_one_letter_box_are_seen_through(one, other, same):
    assert (mailbox_key(one) == mailbox_key(other)) is same


def test_the_year_is_seouls():
    with clock.at(datetime(2026, 12, 31, 15, 30, tzinfo=UTC)):
        assert year_of_birth(2012) == 2012


def test_a_region_is_one_of_the_list_or_none():
    assert region("") is None
    assert region(None) is None
    assert region("11") == "11"
    with pytest.raises(InvalidInput):
        region("99")


def test_all_refusals_are_told_at_once():
    with pytest.raises(InvalidInput) as refused:
        validate_fields(email=lambda: email_address("x"), name=lambda: shown_name("가"), region=lambda: region("11"))
    assert set(refused.value.errors) == {"email", "display_name"}

from __future__ import annotations

import unicodedata

import pytest
from flask_security.utils import hash_password

from forum.core.access import Role
from forum.people.accounts.queries import account_by_email
from tests.factories import AGREED

PERSON = {
    "email": "haeun@example.org",
    "display_name": "하은",
    "password": "바다가보이는우리학교",
    "birth_year": "2009",
    "region_code": "11",
    "agree_region": "y",
    **AGREED,
}


def test_registering(client):
    response = client.post("/account/register", data=PERSON)
    assert (response.status_code, response.location) == (302, "/account/register/mailed")
    account = account_by_email("haeun@example.org")
    assert (account.display_name, account.birth_year, account.region_code) == ("하은", 2009, "11")
    assert client.get("/profile").status_code == 302  # not signed in: that would tell a new address from a known one


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "", "입력해"),
        ("email", "nonsense", "다시 확인해"),
        ("email", "haeun\x00@example.org", "제어 문자"),
        ("display_name", "", "입력해"),
        ("display_name", "가", "2자 이상"),
        ("display_name", "가" * 21, "20자까지"),
        ("display_name", "\u3164\u3164", "입력해"),
        ("display_name", "관리자", "운영진"),
        ("display_name", "900101-1234568", "주민등록번호"),
        ("password", "", "입력해"),
        ("password", "짧다", "10자 이상"),
        ("password", "1234567890", "많은 사람"),
        ("birth_year", "", "입력해"),
        ("birth_year", "이천구", "정수"),
        ("birth_year", "9" * 5_000, "정수"),
        ("birth_year", "1800", "1900부터"),
        ("birth_year", "2020", "날짜도 골라"),
        ("birth_date", "어제", "날짜를 2014"),
        ("birth_date", "2014-02-30", "날짜를 2014"),
        ("region_code", "99", "올바르지"),
    ],
)
def test_what_was_typed_stays_beside_the_message(client, field, value, words):
    response = client.post("/account/register", data=PERSON | {field: value})
    assert response.status_code == 400
    assert words in response.text
    kept = {"email": "haeun@example.org", "display_name": "하은", "birth_year": "2009"}
    kept.pop(field, None)
    for typed in kept.values():
        assert f'value="{typed}"' in response.text
    assert account_by_email("haeun@example.org") is None


def test_a_refused_form_says_first_that_the_password_has_to_be_typed_again(client):
    again = "비밀번호는 다시 써 주세요"
    page = client.post("/account/register", data=PERSON | {"birth_year": ""}).text
    assert page.index('tabindex="-1" autofocus') < page.index(again) < page.index('id="email"')
    assert PERSON["password"] not in page
    assert (
        again not in client.post("/account/register", data=PERSON | {"password": "짧다"}).text
    )  # it has its own error
    assert again not in client.get("/account/register").text


def test_all_messages_come_at_once(client):
    page = client.post("/account/register", data={"email": "x", "display_name": "관리자", "password": "짧다"}).text
    for words in ("예: name@example.kr", "운영진", "10자 이상", "태어난 해를 입력해"):
        assert words in page


def test_names_are_kept_in_nfc_and_shown_escaped(client):
    name = unicodedata.normalize("NFD", "<b>하은</b>")
    client.post("/account/register", data=PERSON | {"display_name": name})
    account = account_by_email("haeun@example.org")
    assert account.display_name == "<b>하은</b>"
    page = client.login(account).get("/profile").text
    assert "<b>하은</b>" not in page
    assert "&lt;b&gt;하은&lt;/b&gt;" in page


def test_who_is_signed_in_does_not_register(client, make):
    client.login(make.citizen())
    assert client.get("/account/register").location == "/profile"


@pytest.mark.parametrize(
    ("role", "more", "place"),
    [
        (Role.MINISTRY_OFFICER, {}, "/ministry"),
        (Role.MINISTRY_OFFICER, {"next": "/notices"}, "/notices"),
        (Role.CITIZEN, {}, "/"),
    ],
)
def test_officers_begin_at_their_desk_unless_they_were_on_the_way_elsewhere(client, make, role, more, place):
    password = "바다가보이는우리학교"
    account = make.account(role, password=hash_password(password))
    response = client.post("/account/login", data={"email": account.email, "password": password} | more)
    assert response.location == place

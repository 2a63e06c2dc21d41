"""Mailed links that confirm an address: opening changes nothing, the button confirms and signs in."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.accounts.queries import account_by_email
from forum.people.signin.messages import MESSAGES
from tests.forum.people.signin.test_security import (
    EMAIL,
    OTHER,
    PASSWORD,
    PERSON,
    Racers,
    followed,
    is_signed_in,
    later,
    mailed_path,
    mails,
    sign_in,
)

LINK = "/account/confirm/"


@pytest.fixture
def link(client) -> str:
    """The path in the mail of somebody who has just registered."""
    client.post("/account/register", data=PERSON)
    return mailed_path(LINK)


def test_opening_the_link_changes_nothing(client, link):
    page = client.get(link)
    assert page.status_code == 200
    assert "확인하고 들어가기" in page.text
    assert not account_by_email(EMAIL).is_confirmed
    assert not is_signed_in(client)


def test_the_button_confirms_and_signs_in(client, link):
    answer = client.post(link)
    assert (answer.status_code, answer.location) == (303, "/mine")
    assert account_by_email(EMAIL).is_confirmed
    assert is_signed_in(client)
    assert client.get_cookie("known_device", path="/account") is not None


def test_it_works_on_another_device(app, link):
    phone = app.test_client()
    phone.post(link)
    assert is_signed_in(phone)


def test_a_second_press_signs_in_too_and_a_late_one_does_not(app, client, link):
    client.post(link)
    second, late = app.test_client(), app.test_client()
    assert second.post(link).status_code == 303
    assert is_signed_in(second)
    with later(minutes=11):
        assert late.post(link).location == "/account/login"
        assert MESSAGES["ALREADY_CONFIRMED"][0] in late.get("/account/login").text
    assert not is_signed_in(late)


def test_two_presses_at_once_confirm_once(app, link):
    db.session.rollback()
    assert Racers(app).post(link, {}, 2) == [303] * 2
    assert account_by_email(EMAIL).is_confirmed


def test_who_else_was_signed_in_is_signed_out(app, client, link, make):
    friend = make.citizen(display_name="친구")
    browser = app.test_client()
    browser.login(friend)
    browser.post(link)
    assert "하은" in browser.get("/profile").text
    assert "친구" not in browser.get("/profile").text


def test_it_leads_back_to_where_somebody_came_from(client):
    client.post("/account/register", data=PERSON | {"next": "/themes?sector=BUILDINGS"})
    assert client.post(mailed_path(LINK)).location == "/themes?sector=BUILDINGS"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "themes"])
def test_it_leads_to_no_other_site(client, target):
    client.post("/account/register", data=PERSON | {"next": target})
    assert client.post(mailed_path(LINK)).location == "/mine"
    assert client.post(mailed_path(LINK) + f"?next={target}").location == "/mine"


def test_the_link_survives_signing_out(client, link):
    sign_in(client)
    client.post("/account/logout")
    client.post(link)
    assert account_by_email(EMAIL).is_confirmed


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_link_dies_after_three_days(client, link, method):
    with later(days=3):
        assert MESSAGES["CONFIRMATION_EXPIRED"][0] in followed(client, getattr(client, method)(link))
    assert not account_by_email(EMAIL).is_confirmed


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("token", "status"), [("x", 302), ("a.b.c", 302), ("한글", 302), ("x" * 3_000, 302), ("%00", 404)]
)
def test_a_forged_link_confirms_nobody(client, make, token, status, method):
    """A NUL is in no address of ours, so that one is no page at all."""
    make.citizen(confirmed=False)
    assert getattr(client, method)(f"/account/confirm/{token}").status_code == status
    assert not db.session.scalars(sa.select(Account)).one().is_confirmed


def test_a_link_dies_with_the_address_it_was_sent_to(client, link):
    account = account_by_email(EMAIL)
    account.email = account.email_key = "other@example.org"
    client.post(link)
    assert not account_by_email("other@example.org").is_confirmed


def test_a_link_dies_with_the_account(client, link):
    account_by_email(EMAIL).active = False
    client.post(link)
    assert not is_signed_in(client)


def test_a_reset_link_does_not_confirm_nor_the_other_way_round(client, make):
    make.citizen(email=EMAIL, confirmed=True)
    client.post("/account/reset", data={"email": EMAIL})
    token = mailed_path("/account/reset/").rpartition("/")[2]
    assert client.post(f"/account/confirm/{token}").status_code == 302
    client.post("/account/register", data=PERSON | {"email": "new@example.org"})
    token = mailed_path(LINK).rpartition("/")[2]
    assert client.get(f"/account/reset/{token}").status_code == 302
    assert not account_by_email("new@example.org").is_confirmed


def test_without_the_token_of_the_page_nobody_is_signed_in(app, client, link, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert client.post(link).status_code == 400
    assert not account_by_email(EMAIL).is_confirmed


# Registering an address again that nobody has confirmed yet
def test_the_link_is_mailed_again_but_not_for_a_double_click(client, link):
    client.post("/account/register", data=PERSON)
    assert len(mails()) == 1
    with later(minutes=1):
        client.post("/account/register", data=PERSON)
    assert len(mails()) == 2
    client.post(link)
    client.post("/account/logout")
    assert sign_in(client).status_code == 302


def test_who_registered_somebody_elses_address_first_does_not_get_their_account(app, client, link):
    thief = app.test_client()
    sign_in(thief)
    assert is_signed_in(thief)
    with later(minutes=1):
        client.post("/account/register", data=PERSON | {"password": OTHER})
        page = client.get(client.post(mailed_path(LINK)).location).text
    assert "비밀번호를 새로 정해" in page
    assert not is_signed_in(thief)
    assert sign_in(thief).status_code == sign_in(thief, OTHER).status_code == 400
    thief.post("/account/reset", data={"email": EMAIL})
    path = mailed_path("/account/reset/")  # only the address's owner reads it
    assert thief.post(path, data={"password": PASSWORD, "password_confirm": PASSWORD}).status_code == 302
    assert sign_in(app.test_client()).status_code == 302


def test_a_waiting_child_goes_to_the_guardians_page(client):
    year = clock.today().year - 12
    client.post("/account/register", data=PERSON | {"birth_year": year, "birth_date": f"{year}-01-01"})
    assert client.post(mailed_path(LINK)).location == "/profile/guardian"


# The page that says that a mail is on its way
def test_the_page_after_registering_names_the_address_and_offers_the_mail_again(client, link):
    page = client.get("/account/register/mailed").text
    assert EMAIL in page
    assert "확인 메일 다시 받기" in page


def test_it_is_no_page_for_others(app, client, link):
    assert app.test_client().get("/account/register/mailed").location == "/account/register"
    client.post(link)
    assert client.get("/account/register/mailed").location == "/profile"


# The date of birth
@pytest.mark.parametrize(("age", "is_hidden"), [(15, True), (14, False), (9, False)])
def test_the_date_of_birth_is_asked_for_only_if_the_year_leaves_it_open(client, age, is_hidden):
    year = clock.today().year - age
    page = client.post("/account/register", data=PERSON | {"birth_year": year, "email": ""}).text
    wrapper = f'data-shown-from="{clock.today().year - 14}" data-shown-by="birth_year"'
    assert wrapper in page
    assert (f"{wrapper} hidden" in page) is is_hidden
    assert f"{wrapper} hidden" in client.get("/account/register").text

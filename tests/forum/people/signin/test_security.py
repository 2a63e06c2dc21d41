"""Signing in and out, confirming, resetting and changing passwords: through HTTP, as Flask-Security is fitted here."""

from __future__ import annotations

import contextlib
import re
import threading
import unicodedata
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security.utils import hash_password
from passlib.context import CryptContext

from forum import create_app
from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db, limiter
from forum.people.accounts.models import Account, Participant
from forum.people.accounts.queries import account_by_email
from forum.people.accounts.services import add_account, grant_role, note_agreement
from forum.people.signin import services
from forum.people.signin import services as signin_services
from forum.people.signin.messages import MESSAGES
from forum.system.notices.models import OutboxMail
from tests.conftest import test_config
from tests.factories import AGREED

EMAIL = "haeun@example.org"
PASSWORD = "바다가보이는우리학교"
OTHER = "산이보이는우리동네집"
PERSON = {"email": EMAIL, "display_name": "하은", "password": PASSWORD, "birth_year": "2009"} | AGREED
GENERIC = MESSAGES["GENERIC_AUTHN_FAILED"][0]


@pytest.fixture
def haeun(app):
    account = add_account(EMAIL, "하은", PASSWORD, birth_year=2009)
    note_agreement(account)
    return account


def later(**span: int):
    """Everybody's clock, also that of the library's tokens, goes on by a span and some seconds."""
    return time_machine.travel(datetime.now(UTC) + timedelta(seconds=5, **span))


def sign_in(client, password=PASSWORD, email=EMAIL, **more):
    return client.post("/account/login", data={"email": email, "password": password, **more})


def is_signed_in(client) -> bool:
    return client.get("/profile").status_code == 200


def followed(client, response) -> str:
    """The page that `response` sends to."""
    assert response.status_code == 302
    return client.get(response.location).text


def without_token(page: str) -> str:
    """`page` but for its CSRF tokens, which differ between any two people."""
    return re.sub(r'name="csrf_token"[^>]*', "", page)


def page_after(client, email: str) -> str:
    """The page that somebody sees after registering, without what they typed themselves."""
    return without_token(client.get("/account/register/mailed").text).replace(email, "")


def mailed_path(pattern: str) -> str:
    """Where the newest mail's link leads, without the site in front."""
    db.session.rollback()
    body = db.session.scalars(sa.select(OutboxMail.body).order_by(OutboxMail.id.desc()).limit(1)).one()
    return re.search(rf"https?://[^/\s]+({pattern}\S+)", body)[1]


def mails() -> list[OutboxMail]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)))


# Signing in and out
def test_signing_in_and_out(client, haeun):
    assert not is_signed_in(client)
    response = sign_in(client)
    assert (response.status_code, response.location) == (302, "/")
    assert is_signed_in(client)
    assert client.post("/account/logout").status_code == 302
    assert not is_signed_in(client)


def test_a_copied_cookie_is_dead_after_sign_out(app, client, haeun):
    sign_in(client)
    copied = client.get_cookie("session").value
    thief = app.test_client()
    thief.set_cookie("session", copied)
    assert is_signed_in(thief)
    client.post("/account/logout")
    thief.set_cookie("session", copied)
    assert not is_signed_in(thief)


def test_a_copied_remember_cookie_is_dead_after_sign_out(app, client, haeun):
    sign_in(client, remember="y")
    copied = client.get_cookie("remember_token").value
    thief = app.test_client()
    thief.set_cookie("remember_token", copied)
    assert is_signed_in(thief)
    client.post("/account/logout")
    thief = app.test_client()
    thief.set_cookie("remember_token", copied)
    assert not is_signed_in(thief)


def test_sign_out_is_a_post(client, haeun):
    sign_in(client)
    assert client.get("/account/logout").status_code == 405
    assert is_signed_in(client)


@pytest.mark.parametrize("path", ["/account/login", "/account/register", "/account/logout", "/account/reset"])
def test_without_csrf_token_nothing_is_taken(app, client, haeun, monkeypatch, path):
    client.login(haeun)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert client.post(path, data=PERSON).status_code == 400
    assert is_signed_in(client)


def test_signing_in_with_the_token_of_the_page(app, client, haeun, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/account/login").text)[1]
    assert sign_in(client, csrf_token=token).status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, PASSWORD + "!"),
        ("nobody@example.org", PASSWORD),
        ("not an address", PASSWORD),
        ("\x00", PASSWORD),
        (EMAIL, "\x00"),
        ("x" * 5_000, "y" * 5_000),
        ("<script>alert(1)</script>", PASSWORD),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(client, haeun, email, password):
    response = sign_in(client, password, email)
    assert response.status_code == 400
    assert GENERIC in response.text
    assert "<script>alert" not in response.text
    assert not is_signed_in(client)


@pytest.mark.parametrize("data", [{}, {"email": EMAIL}, {"password": PASSWORD}, {"email": "", "password": ""}])
def test_an_empty_field_is_named(client, haeun, data):
    response = client.post("/account/login", data=data)
    assert response.status_code == 400
    assert "모두 입력해" in response.text


def test_the_typed_address_stays_and_the_password_does_not(client, haeun):
    page = sign_in(client, "틀린비밀번호입니다요").text
    assert EMAIL in page
    assert "틀린비밀번호" not in page


def test_a_password_typed_in_nfd_is_the_same(client, haeun):
    assert sign_in(client, unicodedata.normalize("NFD", PASSWORD)).status_code == 302


def test_an_unconfirmed_person_signs_in_and_is_reminded(client, make):
    client.login(make.citizen(confirmed=False))
    assert "확인 메일 다시 보내기" in client.get("/profile").text


def test_a_closed_account_is_signed_out_at_once(client, haeun):
    sign_in(client)
    haeun = account_by_email(EMAIL)
    haeun.active = False
    assert not is_signed_in(client)


@pytest.mark.parametrize("payload", ["[1]", "{}", "null", '{"email": [1]}', "nonsense"])
@pytest.mark.parametrize("page", ["login", "register", "reset", "confirm"])
def test_json_is_not_taken(client, page, payload):
    response = client.post(f"/account/{page}", data=payload, content_type="application/json")
    assert response.status_code == 415


def test_a_token_in_the_address_is_no_sign_in(client, haeun):
    db.session.commit()
    token = haeun.get_auth_token()
    assert client.get(f"/profile?auth_token={token}").status_code == 302
    assert client.get("/profile", headers={"Authentication-Token": token}).status_code == 302


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_checking_a_password_keeps_no_writer_waiting(client, haeun, monkeypatch):
    """It is slow; the try is written down and committed before it."""
    check = services.verify_password

    def check_while_somebody_writes(*given: str) -> bool:
        with db.engine.connect() as writer:
            writer.exec_driver_sql("SELECT 1")  # begins with BEGIN IMMEDIATE: only one may write
        return check(*given)

    monkeypatch.setattr(services, "verify_password", check_while_somebody_writes)
    assert sign_in(client).status_code == 302


# Where one is sent after signing in
@pytest.mark.parametrize("path", ["/profile", "/c/탄소?page=2", "/ideas/3#comments"])
def test_people_come_back_to_where_they_were(client, haeun, path):
    assert unquote(sign_in(client, next=path).location) == path


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "http:evil.example",
        "//evil.example/",
        "///evil.example/",
        "////evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        " //evil.example",
        "\t//evil.example",
        "\x19//evil.example",
        "https:///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://localhost.evil.example/",
        "https://localhost@evil.example/",
    ],
)
def test_nobody_is_sent_to_another_site(app, haeun, path):
    in_form = sign_in(app.test_client(), next=path)
    data = {"email": EMAIL, "password": PASSWORD}
    in_address = app.test_client().post("/account/login", query_string={"next": path}, data=data)
    for response in (in_form, in_address):
        assert response.status_code == 302
        assert where_browsers_go(response.location) == "localhost"


def where_browsers_go(location: str) -> str:
    """The host that a lenient browser asks: it takes a backslash for a slash and leaves control characters out."""
    lenient = re.sub(r"[\x00-\x20]", "", location).replace("\\", "/")
    lenient = re.sub("^/{2,}", "//", lenient)
    return urlsplit(urljoin("http://localhost/account/login", lenient)).hostname or ""


@pytest.mark.parametrize("location", ["//evil.example", "/\\evil.example", "\t//evil.example", "////evil.example"])
def test_the_lenient_browser_is_lenient(location):
    assert where_browsers_go(location) == "evil.example"


# Confirming: tests/forum/people/signin/test_confirmation.py
def test_the_link_can_be_sent_again(client, make):
    make.citizen(email=EMAIL, confirmed=False)
    page = client.post("/account/confirm", data={"email": EMAIL}).text
    assert MESSAGES["CONFIRMATION_REQUEST"][0] % {"email": EMAIL} in page
    client.post(mailed_path("/account/confirm/"))
    assert account_by_email(EMAIL).is_confirmed


def test_links_are_sent_at_most_once_in_a_minute_of_the_clock(client, make):
    make.citizen(email=EMAIL, confirmed=False)
    early = clock.now().replace(second=1)  # the three stand in one minute, however slow the machine
    with clock.at(early):
        for _ in range(3):
            client.post("/account/confirm", data={"email": EMAIL})
        assert len(mails()) == 1
    with clock.at(early + timedelta(minutes=1)):
        client.post("/account/confirm", data={"email": EMAIL})
    assert len(mails()) == 2


# Nobody learns who has an account
@pytest.mark.parametrize("page", ["reset", "confirm"])
def test_known_and_unknown_addresses_get_the_same_page(client, make, page):
    make.citizen(email="known@example.org", confirmed=page == "reset")
    known = client.post(f"/account/{page}", data={"email": "known@example.org"})
    unknown = client.post(f"/account/{page}", data={"email": "unknown@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert without_token(known.text) == without_token(unknown.text).replace("unknown@", "known@")
    assert [mail.recipient for mail in mails()] == ["known@example.org"]


@pytest.mark.parametrize("page", ["reset", "confirm"])
@pytest.mark.parametrize("email", ["", "nonsense", "a@b", "\x00@example.org", "x" * 300])
def test_a_mistyped_address_is_told(client, page, email):
    response = client.post(f"/account/{page}", data={"email": email})
    assert response.status_code == 400
    assert "이메일" in response.text
    assert "메일이 가요" not in response.text


def test_registering_a_known_address_looks_like_registering_a_new_one(app, make):
    make.citizen(email="known@example.org", created_at=clock.now() - timedelta(days=2))
    new, known = app.test_client(), app.test_client()
    answers = [
        new.post("/account/register", data=PERSON | {"email": "new@example.org"}),
        known.post("/account/register", data=PERSON | {"email": "known@example.org"}),
    ]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0].location == answers[1].location
    assert page_after(new, "new@example.org") == page_after(known, "known@example.org")
    assert {mail.recipient for mail in mails()} == {"new@example.org", "known@example.org"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("haeun@example.org", "haeun+second@example.org"),
        ("haeun+first@example.org", "Haeun@example.org"),
        ("ha.eun@gmail.com", "haeun+x@googlemail.com"),
    ],
)
def test_a_second_address_of_one_letter_box_makes_no_second_account(app, make, first, second):
    make.citizen(email=first, created_at=clock.now() - timedelta(days=2))
    new, again = app.test_client(), app.test_client()
    answers = [
        new.post("/account/register", data=PERSON | {"email": "new@example.org"}),
        again.post("/account/register", data=PERSON | {"email": second}),
    ]
    assert answers[0].status_code == answers[1].status_code == 302
    assert page_after(new, "new@example.org") == page_after(again, second)
    assert account_by_email(second) is None
    assert {mail.recipient for mail in mails()} == {"new@example.org", first}


def test_dots_tell_people_apart_where_they_count(client):
    for email in ("ha.eun@example.org", "haeun@example.org"):
        client.post("/account/register", data=PERSON | {"email": email})
    assert account_by_email("ha.eun@example.org").id != account_by_email("haeun@example.org").id


def test_the_database_refuses_a_second_account_of_one_letter_box(make):
    make.citizen(email="haeun@example.org")
    with pytest.raises(sa.exc.IntegrityError):
        make.citizen(email="haeun+second@example.org")


@pytest.fixture
def count_hashes(app, monkeypatch):
    """How many passwords a call hashes or checks: the same slow computation."""
    calls, passwords = [], app.extensions["security"].pwd_context

    def spy(name: str):
        slow = getattr(CryptContext, name)

        def call(context, *args, **options):
            if context is passwords:  # another one makes the quick hashes of signed tokens
                calls.append(name)
            return slow(context, *args, **options)

        return call

    for name in ("hash", "verify"):
        monkeypatch.setattr(CryptContext, name, spy(name))

    def count(call) -> int:
        calls.clear()
        call()
        return len(calls)

    return count


def test_every_sign_in_hashes_one_password(client, make, haeun, count_hashes):
    make.citizen(email="off@example.org", active=False, password=haeun.password)
    make.citizen(email="nobodys@example.org", password=None)
    hashes = {
        email: count_hashes(lambda email=email: sign_in(client, "틀린비밀번호입니다요", email))
        for email in (EMAIL, "unknown@example.org", "off@example.org", "nobodys@example.org", "no address")
    }
    assert set(hashes.values()) == {1}, hashes
    assert count_hashes(lambda: sign_in(client)) == 1


@pytest.mark.parametrize("page", ["reset", "confirm"])
def test_every_request_for_a_mail_hashes_one_password(client, make, haeun, count_hashes, page):
    make.citizen(email="off@example.org", active=False, password=haeun.password)
    make.citizen(email="unconfirmed@example.org", confirmed=False)
    hashes = {
        email: count_hashes(lambda email=email: client.post(f"/account/{page}", data={"email": email}))
        for email in (EMAIL, "unknown@example.org", "off@example.org", "unconfirmed@example.org")
    }
    assert set(hashes.values()) == {1}, hashes


def test_every_registration_hashes_two_passwords(client, make, haeun, count_hashes):
    """One to store, and one to compare with an unconfirmed account's."""
    make.citizen(email="unconfirmed@example.org", confirmed=False, password=haeun.password)
    hashes = {
        email: count_hashes(lambda email=email: client.post("/account/register", data=PERSON | {"email": email}))
        for email in ("new@example.org", EMAIL, "unconfirmed@example.org")
    }
    assert set(hashes.values()) == {2}, hashes


# Resetting
def test_a_reset_link_works_once_and_ends_all_sessions(app, client, haeun):
    sign_in(client)
    stranger = app.test_client()
    stranger.post("/account/reset", data={"email": EMAIL})
    path = mailed_path("/account/reset/")
    assert stranger.get(path).status_code == 200
    assert stranger.post(path, data={"password": OTHER, "password_confirm": OTHER}).status_code == 302
    assert not is_signed_in(client)
    again = stranger.post(path, data={"password": PASSWORD, "password_confirm": PASSWORD})
    assert MESSAGES["INVALID_RESET_PASSWORD_TOKEN"][0] in followed(stranger, again)
    assert stranger.get(path).status_code == 302
    assert sign_in(app.test_client(), PASSWORD).status_code == 400
    assert sign_in(app.test_client(), OTHER).status_code == 302
    assert "비밀번호가 바뀌었어요" in mails()[-1].subject


def test_a_reset_link_dies_after_half_an_hour(client, haeun):
    client.post("/account/reset", data={"email": EMAIL})
    path = mailed_path("/account/reset/")
    with later(minutes=30):
        assert MESSAGES["PASSWORD_RESET_EXPIRED"][0] in followed(client, client.get(path))
        client.post(path, data={"password": OTHER, "password_confirm": OTHER})
    assert sign_in(client, OTHER).status_code == 400


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("", "", "비밀번호를 입력해"),
        ("짧다", "짧다", "10자 이상"),
        ("1234567890", "1234567890", "많은 사람"),
        ("haeun12345", "haeun12345", "이메일이나 이름"),
        (OTHER, OTHER + "!", "서로 달라요"),
    ],
)
def test_a_bad_new_password_is_refused_and_the_link_lives(client, haeun, password, again, words):
    client.post("/account/reset", data={"email": EMAIL})
    path = mailed_path("/account/reset/")
    response = client.post(path, data={"password": password, "password_confirm": again})
    assert response.status_code == 400
    assert words in response.text
    assert client.get(path).status_code == 200


def test_mailed_links_lead_to_this_site_whatever_the_host_header_says(app, client, haeun):
    client.post("/account/reset", data={"email": EMAIL}, headers={"Host": "127.0.0.1"})
    body = mails()[0].body
    assert f"{app.config['BASE_URL']}/account/reset/" in body
    assert client.post("/account/reset", data={"email": EMAIL}, headers={"Host": "evil.example"}).status_code == 400


def reset_with(client, path, password=OTHER):
    return client.post(path, data={"password": password, "password_confirm": password})


def asked_at(client, moment) -> str:
    """The path that is mailed when a new password is asked for at `moment`."""
    with clock.at(moment):
        client.post("/account/reset", data={"email": EMAIL})
    return mailed_path("/account/reset/")


def test_a_newer_reset_link_kills_the_older_one(client, haeun):
    now = clock.now()
    older, newer = asked_at(client, now - timedelta(minutes=2)), asked_at(client, now)
    assert older != newer
    assert MESSAGES["INVALID_RESET_PASSWORD_TOKEN"][0] in followed(client, client.get(older))
    assert MESSAGES["INVALID_RESET_PASSWORD_TOKEN"][0] in followed(client, reset_with(client, older))
    assert client.get(newer).status_code == 200
    reset_with(client, newer)
    assert sign_in(client, OTHER).status_code == 302


def test_asking_twice_in_a_minute_leaves_the_one_mailed_link_alive(client, haeun):
    early = clock.now().replace(second=1)
    path = asked_at(client, early)
    assert asked_at(client, early + timedelta(seconds=30)) == path
    assert client.get(path).status_code == 200


def change_address(account: Account) -> None:
    account.email = account.email_key = "other@example.org"


def change_password(account: Account) -> None:
    account.password = hash_password("들이보이는우리할머니집")


def switch_off(account: Account) -> None:
    account.active = False


@pytest.mark.parametrize("change", [change_address, change_password, switch_off])
def test_a_reset_link_dies_with_what_it_was_made_for(client, haeun, change):
    path = asked_at(client, clock.now())
    account = db.session.get(Account, haeun.id)
    change(account)
    before = account.password
    assert client.get(path).status_code == 302
    assert MESSAGES["INVALID_RESET_PASSWORD_TOKEN"][0] in followed(client, reset_with(client, path))
    assert db.session.get(Account, haeun.id).password == before


def test_a_reset_link_outlives_a_sign_out(app, client, haeun):
    path = asked_at(client, clock.now())
    other = app.test_client()
    sign_in(other)
    other.post("/account/logout")
    assert client.get(path).status_code == 200


def test_a_reset_link_used_four_times_at_once_works_once(app, client, haeun):
    path = asked_at(client, clock.now())
    Racers(app).post(path, {"password": OTHER, "password_confirm": OTHER}, 4)
    assert sum("비밀번호가 바뀌었어요" in mail.subject for mail in mails()) == 1


# Changing
def change(client, old=PASSWORD, new=OTHER, again=None):
    data = {"password": old, "new_password": new, "new_password_confirm": new if again is None else again}
    return client.post("/account/change", data=data)


def test_changing_the_password_ends_the_other_sessions(app, client, haeun):
    elsewhere = app.test_client()
    sign_in(elsewhere)
    sign_in(client)
    old_cookie = client.get_cookie("session").value
    assert change(client).status_code == 302
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    thief = app.test_client()
    thief.set_cookie("session", old_cookie)
    assert not is_signed_in(thief)
    assert sign_in(app.test_client(), OTHER).status_code == 302


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"old": "틀린비밀번호입니다요"}, "비밀번호가 맞지 않아요"),
        ({"old": ""}, "비밀번호를 입력해"),
        ({"new": PASSWORD}, "다른 것으로"),
        ({"new": "짧다"}, "10자 이상"),
        ({"new": "가나" * 65}, "128자까지"),
        ({"again": "다르게쓴비밀번호입니다"}, "서로 달라요"),
    ],
)
def test_a_bad_change_changes_nothing(app, client, haeun, values, words):
    sign_in(client)
    response = change(client, **values)
    assert response.status_code == 400
    assert words in response.text
    assert sign_in(app.test_client(), PASSWORD).status_code == 302


@pytest.mark.parametrize("meanwhile", [{"active": False, "password": None}, {"password": "changed elsewhere"}])
def test_a_change_that_waited_for_leaving_or_another_change_is_refused(client, haeun, monkeypatch, meanwhile):
    """What is committed while the password is checked, as the session's objects do not show it yet."""
    client.login(haeun)

    def check(*_: object) -> bool:
        statement = sa.update(Account).values(meanwhile).execution_options(synchronize_session=False)
        db.session.execute(statement)
        return True

    monkeypatch.setattr("flask_security.forms.verify_password", check)
    assert change(client).status_code == 400
    db.session.refresh(haeun)
    assert haeun.password not in {None, "changed elsewhere"}  # the request was rolled back


def test_who_has_left_is_mailed_no_link(client, haeun, monkeypatch):
    def leave(account: Account) -> None:
        statement = sa.update(Account).values(active=False).execution_options(synchronize_session=False)
        db.session.execute(statement)

    remember = signin_services.record_reset_request

    def record(account: Account) -> None:
        leave(account)
        remember(account)

    monkeypatch.setattr(signin_services, "record_reset_request", record)
    client.post("/account/reset", data={"email": EMAIL})
    assert mails() == []


def test_staff_change_to_a_longer_password(client, make, haeun):
    grant_role(haeun, Role.ANALYST, make.admin())
    sign_in(client)
    assert "15자 이상" in change(client, new="열네자까지쓴긴비밀번호임다").text
    assert change(client, new="열다섯자가넘는긴비밀번호입니다요").status_code == 302


# A role counts from the next request
def test_a_granted_role_counts_at_once(client, make, haeun):
    sign_in(client)
    assert client.get("/admin/accounts").status_code == 403
    grant_role(account_by_email(EMAIL), Role.ADMIN, make.admin())
    assert client.get("/admin/accounts").status_code == 200


def test_a_signed_in_request_loads_its_account_with_one_statement(client, haeun, count_queries):
    client.login(haeun)
    # A page without words of its own: the base template counts unread notices.
    assert count_queries(lambda: client.get("/account/register")) == 1


# Several at once
class Racers:
    """Requests that run in threads of their own, each with its own client."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def post(self, path: str, data: dict[str, str], times: int) -> list[int]:
        return self.post_each(path, [data] * times)

    def post_each(self, path: str, forms: list[dict[str, str]]) -> list[int]:
        db.session.commit()
        start, statuses = threading.Barrier(len(forms)), []

        def run(data: dict[str, str]) -> None:
            client = FlaskClient(self.app, self.app.response_class)
            start.wait(timeout=10)
            statuses.append(client.post(path, data=data).status_code)

        threads = [threading.Thread(target=run, args=(form,)) for form in forms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        return statuses


def test_addresses_of_one_letter_box_registered_at_once(app):
    """The mail goes to whichever came first."""
    forms = [PERSON | {"email": email} for email in (EMAIL, "haeun+b@example.org", "haeun+c@example.org")]
    assert Racers(app).post_each("/account/register", forms) == [302] * 3
    assert_one_account_and_one_mail()


def assert_one_account_and_one_mail() -> None:
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Account)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Participant)) == 1
    assert len(mails()) == 1


def test_four_registrations_of_one_address_at_once(app):
    assert Racers(app).post("/account/register", PERSON, 4) == [302] * 4
    assert_one_account_and_one_mail()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_four_registrations_that_all_find_the_address_free(app, monkeypatch):
    """The worst moment: every request has looked and found nobody before the first one writes."""
    looked, find = threading.Barrier(4), services.account_of_mailbox
    waited = threading.local()

    def find_and_wait(email: str) -> Account | None:
        found = find(email)
        if not getattr(waited, "once", False):
            waited.once = True
            with contextlib.suppress(threading.BrokenBarrierError):
                looked.wait(timeout=5)
            assert found is None
        return found

    monkeypatch.setattr(services, "account_of_mailbox", find_and_wait)
    assert Racers(app).post("/account/register", PERSON, 4) == [302] * 4
    assert not looked.broken
    assert_one_account_and_one_mail()


# Not too often
@pytest.fixture
def limited(app, tmp_path):
    """Clients of an application over the same database that counts requests."""
    url = str(app.config["SQLALCHEMY_DATABASE_URI"])
    counting = create_app(test_config(url, tmp_path, RATELIMIT_ENABLED=True))
    counting.test_client_class = app.test_client_class
    limiter.reset()
    yield counting.test_client
    limiter.enabled = False  # the limiter is one for all applications of this process
    with counting.app_context():
        db.engine.dispose()


def test_a_class_behind_one_address_signs_in(haeun, limited):
    assert [sign_in(limited()).status_code for _ in range(12)] == [302] * 12


def test_two_classes_behind_one_address_register_and_more_wait(limited):
    client = limited()
    statuses = [client.post("/account/register", data={"email": "nonsense"}).status_code for _ in range(61)]
    assert statuses == [400] * 60 + [429]
    assert client.get("/account/register").status_code == 200


@pytest.mark.parametrize("page", ["reset", "confirm"])
def test_a_class_asks_for_its_mails_and_more_wait(limited, page):
    client = limited()
    statuses = [client.post(f"/account/{page}", data={"email": "nonsense"}).status_code for _ in range(31)]
    assert statuses == [400] * 30 + [429]
    assert client.get(f"/account/{page}").status_code == 200


# The library speaks Korean
@pytest.mark.parametrize("path", ["login", "register", "reset", "confirm"])
def test_pages_of_visitors_are_ours(client, path):
    page = client.get(f"/account/{path}").text
    assert "탄소" in page or "메일" in page
    for english in ("Login", "Register", "Password", "Email", "Submit"):
        assert english not in page


def test_every_message_is_korean():
    for key, (text, _category) in MESSAGES.items():
        assert re.search("[가-힣]", text), key

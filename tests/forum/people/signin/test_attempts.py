"""Guessing gets slow, and the owner of an account is never locked out by what others try."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.people.accounts import identity
from forum.people.accounts.queries import account_by_email
from forum.people.accounts.services import add_account
from forum.people.signin import attempts, security
from forum.people.signin import services as signin_services
from forum.people.signin.attempts import (
    PER_ACCOUNT,
    PER_NETWORK,
    PER_NETWORK_ACCOUNTS,
    BackoffPolicy,
    SignInSlowed,
    begin_attempt,
    network_of,
    purge_attempts,
    record_success,
)
from forum.people.signin.models import Outcome, SigninAttempt
from tests.forum.people.signin.test_security import mailed_path
from tests.hangul import steady

EMAIL, PASSWORD, OTHER = "haeun@example.org", "바다가보이는우리학교", "산이보이는우리동네집"
WRONG = "틀린비밀번호입니다요"
HOME, SCHOOL, ATTACKER = "198.51.100.7", "203.0.113.9", "192.0.2.66"


@pytest.fixture
def haeun(app):
    return add_account(EMAIL, "하은", PASSWORD, birth_year=2009)


@pytest.fixture
def now():
    """The clock stands still, so that a slow machine is no success and no failure."""
    with clock.at(clock.now()):
        yield clock.now()


def sign_in(client, password=PASSWORD, email=EMAIL, address=HOME):
    return client.post(
        "/account/login", data={"email": email, "password": password}, environ_base={"REMOTE_ADDR": address}
    )


def fail(times, email=EMAIL, address=ATTACKER, **values):
    """Failures as the attacker leaves them, without the waiting in between."""
    for _ in range(times):
        hashes = {
            "account_hash": attempts.account_hash(email),
            "network_hash": attempts.keyed_hash("network", network_of(address)),
        }
        db.session.add(SigninAttempt(**hashes, outcome=Outcome.FAILED, **values))
    db.session.commit()


def succeed(email=EMAIL, address=HOME, device=None):
    record_success(begin_attempt(email, address, device).id)
    db.session.commit()


def wait(email=EMAIL, address=ATTACKER, device=None):
    """Seconds that a try from there has to wait now; it leaves no trace."""
    try:
        begin_attempt(email, address, device)
    except SignInSlowed as slowed:
        return slowed.wait
    finally:
        db.session.rollback()
    return 0


# How long
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(now):
    waits = [PER_ACCOUNT.wait(failures, now) for failures in (0, 4, 5, 6, 7, 12, 13, 10_000)]
    assert waits == [0, 0, 5, 10, 20, 640, 900, 900]


def test_the_wait_runs_from_the_last_failure(now):
    policy = BackoffPolicy(free=1, first_wait=8, max_wait=60)
    assert [policy.wait(1, now - timedelta(seconds=s)) for s in (0, 5, 8, 100)] == [8, 3, 0, 0]


# By account
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org", "not an address"])
def test_the_sixth_try_waits_whoever_it_is(client, haeun, now, email):
    answers = [sign_in(client, WRONG, email, ATTACKER) for _ in range(6)]
    assert [it.status_code for it in answers] == [400] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "5"
    assert "5초 뒤에 다시" in answers[-1].text
    assert 'href="/account/reset"' in answers[-1].text


def test_a_program_hears_the_wait_too(client, haeun, now):
    fail(5)
    answer = client.post(
        "/account/login",
        data={"email": EMAIL, "password": PASSWORD},
        headers={"Accept": "application/json"},
        environ_base={"REMOTE_ADDR": ATTACKER},
    )
    assert (answer.status_code, answer.json["error"]["status"], answer.headers["Retry-After"]) == (429, 429, "5")


def test_who_waits_gets_no_hash_computed_and_leaves_no_trace(client, haeun, now, monkeypatch):
    fail(5)
    monkeypatch.setattr(security, "account_for_sign_in", lambda *_: pytest.fail("the password was looked at"))
    assert sign_in(client, PASSWORD, address=ATTACKER).status_code == 429
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SigninAttempt)) == 5


def test_after_the_wait_the_right_password_signs_in(client, haeun, now):
    fail(5)
    with clock.at(now + timedelta(seconds=5)):
        assert sign_in(client, address=SCHOOL).status_code == 302


def test_another_spelling_of_the_address_is_the_same_account(app, now):
    fail(5)
    assert wait(" HAEUN@example.org ") == 5


SPELLINGS = (
    *(EMAIL, EMAIL.upper(), f" {EMAIL}\t", " " * 310 + EMAIL, "\u3164" * 100 + EMAIL, f"\ufeff{EMAIL}"),
    *("ｈａｅｕｎ＠example.org", "hae\u00adun@example.org", "haeun@example\u3002org", "haeun@EXAMPLE\uff0eorg"),
    *("hae\x00un@example.org", "\x00" + EMAIL, EMAIL + "\x00", "haeun\x07@example.org", EMAIL + " " * 310 + "\x00"),
)


def test_forty_guesses_in_all_spellings_are_slowed_like_forty_in_one(client, haeun, now, monkeypatch):
    """Found: a NUL inside or 310 blanks before the address found the account, and each spelling had its own count."""
    looked = []
    monkeypatch.setattr(security, "account_for_sign_in", lambda email, _password: looked.append(email))
    answers = [sign_in(client, WRONG, SPELLINGS[n % len(SPELLINGS)], ATTACKER).status_code for n in range(40)]
    finding = [email for email in looked if account_by_email(email) is not None]
    assert len(finding) == PER_ACCOUNT.free
    assert set(answers) == {400, 429}


def test_what_cannot_be_an_address_is_answered_like_an_unknown_one_and_counts(client, haeun, now):
    unknown = sign_in(client, PASSWORD, "nobody@example.org", ATTACKER)
    odd = sign_in(client, PASSWORD, "hae\x00un@example.org", ATTACKER)
    assert odd.status_code == unknown.status_code == 400
    words = "이메일이나 비밀번호가 맞지 않아요"
    assert words in odd.text
    assert words in unknown.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SigninAttempt)) == 2


def test_what_cannot_be_an_address_costs_a_hash_too(app, monkeypatch):
    hashed = []
    monkeypatch.setattr(signin_services, "hash_password", hashed.append)
    assert signin_services.account_for_sign_in("hae\x00un@example.org", PASSWORD) is None
    assert hashed == [PASSWORD]


_ODD = st.sampled_from(
    ["\x00", "\x07", "\x1f", "\u200b", "\u00ad", "\ufeff", " ", "\u3164", "\u3000", "\u0301", "\uff0e"]
)
_FORMS = (str.upper, str.title, lambda text: text.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}))


@st.composite
def spellings(draw, email):
    """The address as hardly anybody writes it."""
    text = "".join(draw(st.sampled_from((str, *_FORMS)))(char) for char in email)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(_ODD) * draw(st.sampled_from([1, 1, 2, 310])) + text[place:]
    return draw(st.sampled_from(["", " " * 310])) + text


ADDRESSES = (EMAIL, "kim@한국.kr", "sample@sample.invalid")


@settings(steady, max_examples=60)
@given(st.data(), st.sampled_from(ADDRESSES))
def test_every_spelling_that_finds_an_account_falls_into_its_bucket(app, data, email):
    if account_by_email(email) is None:
        add_account(email, "하은", None, birth_year=2009, is_sample=email.endswith(".invalid"))
    typed = data.draw(spellings(email) | st.text())
    found = account_by_email(typed)
    if found is not None:
        assert attempts.account_hash(typed) == attempts.account_hash(found.email)
    with contextlib.suppress(InvalidInput):  # and what may be registered is found again by what was typed
        assert attempts.account_hash(identity.email_address(typed)) == attempts.account_hash(typed)


@pytest.mark.parametrize("typed", ["kim@한국.kr", "KIM@한국.kr", "kim@xn--3e0b707e.kr"])
def test_an_address_of_a_korean_domain_signs_in_as_it_was_registered(client, app, now, typed):
    add_account("kim@한국.kr", "하은", PASSWORD, birth_year=2009)
    fail(4, email="kim@한국.kr")
    assert sign_in(client, email=typed, address=ATTACKER).status_code == 302


def test_many_networks_share_one_account_s_ladder(app, now):
    for n in range(8):
        fail(1, address=f"10.{n}.0.1")
    assert wait(address="10.99.0.1") == 40


# Nobody is locked out
def test_a_known_network_is_not_slowed_by_failures_elsewhere(client, haeun, now):
    succeed(address=HOME)
    fail(100)
    assert wait(address=ATTACKER) == 900
    assert sign_in(client, address="198.51.100.200").status_code == 302


def test_a_known_device_is_not_slowed_wherever_it_is(app, client, haeun, now):
    assert sign_in(client, address=HOME).status_code == 302
    client.post("/account/logout")
    fail(100)
    fail(100, address=SCHOOL)
    assert sign_in(app.test_client(), address=SCHOOL).status_code == 429
    assert sign_in(client, address=SCHOOL).status_code == 302


def test_a_known_device_has_a_ladder_of_its_own(client, haeun, now):
    sign_in(client)
    client.post("/account/logout")
    assert [sign_in(client, WRONG).status_code for _ in range(6)] == [400] * 5 + [429]
    assert wait(address=SCHOOL) == 0


def test_a_known_network_has_a_ladder_of_its_own(app, now):
    succeed(address=SCHOOL)
    fail(5, address=SCHOOL)
    assert wait(address=SCHOOL) == 5
    assert wait(address=SCHOOL, device="a phone that is known") == 0


def test_a_success_ends_the_count_of_its_own_place(app, now):
    succeed(address=HOME)
    fail(4, address=HOME)
    succeed(address=HOME)
    fail(4, address=HOME)
    assert wait(address=HOME) == 0


def test_a_success_elsewhere_frees_no_stranger(app, now):
    fail(8)
    succeed(address=HOME, device="phone")
    assert wait() == 40


def test_a_device_is_known_for_its_own_account_only(client, haeun, now):
    add_account("minjun@example.org", "민준", PASSWORD, birth_year=2009)
    sign_in(client, email="minjun@example.org", address=ATTACKER)
    client.post("/account/logout")
    fail(5)
    assert sign_in(client, address=ATTACKER).status_code == 429


@pytest.mark.parametrize("value", ["", "x", "W10.x.y", "한글"])
def test_a_forged_device_is_unknown(client, haeun, now, value):
    fail(5)
    client.set_cookie("known_device", value, path="/account")
    assert sign_in(client, address=ATTACKER).status_code == 429


def test_a_device_is_forgotten_in_time(app, client, haeun, monkeypatch):
    sign_in(client)
    client.post("/account/logout")
    fail(6)
    monkeypatch.setitem(app.config, "KNOWN_DEVICE_DAYS", -1)
    assert sign_in(client, address=ATTACKER).status_code == 429


def test_the_device_cookie_is_for_the_sign_in_pages_alone(client, haeun):
    cookie = next(it for it in sign_in(client).headers.getlist("Set-Cookie") if it.startswith("known_device="))
    assert "HttpOnly" in cookie
    assert "Path=/account" in cookie
    assert "SameSite=Lax" in cookie
    assert EMAIL not in cookie


def test_five_accounts_fit_one_device(client, app, now):
    emails = [f"child{n}@example.org" for n in range(6)]
    for email in emails:
        add_account(email, "아이", PASSWORD, birth_year=2009)
        sign_in(client, email=email)
        client.post("/account/logout")
        fail(5, email=email)
    statuses = [sign_in(app_client_copy(client, app), email=email, address=SCHOOL).status_code for email in emails]
    assert statuses == [429] + [302] * 5


def app_client_copy(client, app):
    """Another browser with the same device cookie."""
    copy = app.test_client()
    copy.set_cookie("known_device", client.get_cookie("known_device", path="/account").value, path="/account")
    return copy


def test_a_new_password_by_mail_makes_the_device_known(app, client, haeun, now):
    fail(100)
    client.post("/account/reset", data={"email": EMAIL})
    client.post(mailed_path("/account/reset/"), data={"password": OTHER, "password_confirm": OTHER})
    assert sign_in(app.test_client(), OTHER, address=SCHOOL).status_code == 429
    assert sign_in(client, OTHER, address=SCHOOL).status_code == 302


# By network
def test_a_class_that_mistypes_is_not_slowed(app, now):
    for n in range(30):
        fail(2, email=f"pupil{n}@example.org", address=SCHOOL)
    assert wait("pupil31@example.org", SCHOOL) == 0


def test_one_attacker_in_a_school_slows_its_strangers_only(app, client, haeun, now):
    sign_in(client, address=HOME)
    client.post("/account/logout")
    succeed("teacher@example.org", SCHOOL)
    for n in range(PER_NETWORK.free + 3):
        fail(1, email=f"target{n % 50}@example.org", address=SCHOOL)
    assert wait("pupil@example.org", SCHOOL) == 8
    assert wait("pupil@example.org", HOME) == 0
    assert wait("teacher@example.org", SCHOOL) == 0
    assert sign_in(client, address=SCHOOL).status_code == 302


def test_one_password_on_many_accounts_is_slowed(app, now):
    for n in range(PER_NETWORK_ACCOUNTS.free + 1):
        fail(1, email=f"target{n}@example.org")
    assert wait("another@example.org") == 2
    assert wait("another@example.org", "192.0.2.200") == 2
    assert wait("another@example.org", HOME) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("::FFFF:cb00:7109", "203.0.113.0/24"),
        ("2001:db8:1:2:ffff::1%eth0", "2001:db8:1:2::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_networks(address, network):
    assert network_of(address) == network


# Overall
def test_many_networks_on_many_accounts_wait_together(app, now, monkeypatch):
    monkeypatch.setitem(app.config, "SIGNIN_FAILURES_PER_MINUTE", 20)
    succeed(address=HOME)
    for n in range(20):
        fail(1, email=f"target{n}@example.org", address=f"10.{n}.0.1", at=now - timedelta(seconds=n))
    assert wait("newcomer@example.org", "10.99.0.1") == 42
    assert wait(address=HOME) == 0
    assert wait("newcomer@example.org", "10.99.0.1", device="tablet") == 0
    with clock.at(now + timedelta(seconds=42)):
        assert wait("newcomer@example.org", "10.99.0.1") == 0


# At the same moment
def test_tries_at_once_see_each_other(app, haeun, monkeypatch):
    """Eight guesses at the same moment, none of which has ended when the last begins: five are looked at."""
    db.session.commit()
    start, statuses, looked = threading.Barrier(8), [], []

    def look(*_):
        looked.append(1)

    monkeypatch.setattr(security, "account_for_sign_in", look)

    def run() -> None:
        client = FlaskClient(app, app.response_class)
        start.wait(timeout=10)
        statuses.append(sign_in(client, WRONG, address=ATTACKER).status_code)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(statuses) == [400] * 5 + [429] * 3
    assert len(looked) == 5


# What is kept
def test_neither_address_nor_network_can_be_read(client, haeun):
    sign_in(client, address=SCHOOL)
    row = db.session.execute(sa.select(sa.literal_column("*")).select_from(SigninAttempt)).one()
    text = " ".join(str(value) for value in row)
    assert EMAIL not in text
    assert "203.0.113" not in text
    assert "SIGNED_IN" in text


def test_other_key_other_hash(app, monkeypatch):
    before = attempts.account_hash(EMAIL)
    monkeypatch.setitem(app.config, "SECRET_KEY", "z" * 40)
    assert attempts.account_hash(EMAIL) != before


def test_tries_are_forgotten_after_two_days(app, work):
    fail(1, at=clock.now() - timedelta(hours=49))
    fail(1, at=clock.now() - timedelta(hours=47))
    work()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SigninAttempt)) == 1
    assert purge_attempts() == 0

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask_security.utils import verify_password

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant
from forum.people.accounts.queries import account_by_email
from forum.people.accounts.services import add_account
from forum.people.signin.services import account_for_sign_in, register_account
from forum.system.notices.models import OutboxMail
from tests.factories import AGREED

PASSWORD = "바다가보이는우리학교"
PERSON = {"email": "Haeun@Example.org", "display_name": "하은", "password": PASSWORD, "birth_year": 2009} | AGREED


def count(model) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_registering_makes_an_unconfirmed_account_with_its_participant(app):
    register_account(**PERSON, region_code="11", agree_region=True)
    account = account_by_email("haeun@example.org")
    assert account.email == "Haeun@example.org"
    assert account.role is Role.CITIZEN
    assert account.participant_id is not None
    assert not account.is_confirmed
    assert (account.birth_year, account.region_code, account.is_sample) == (2009, "11", False)
    assert account.password.startswith("$argon2")
    assert verify_password(PASSWORD, account.password)


def test_registering_asks_to_confirm_through_the_outbox(app):
    register_account(**PERSON)
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    assert mail.recipient == "Haeun@example.org"
    assert f"{app.config['BASE_URL']}/account/confirm/" in mail.body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("email", value) for value in (None, "", "haeun", "a\x00@example.org", "x" * 300)),
        *(
            ("display_name", value)
            for value in (None, "", "가", "가" * 21, "관리자", "시험부", "900101-1234568", "가\ud800")
        ),
        *(("password", value) for value in (None, "", "짧다", "1234567890", "가나" * 65, "가나다라마바사아자\x00차")),
        *(("birth_year", value) for value in (None, 1899, 2100)),
        ("region_code", "99"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_changes_nothing(make, field, value):
    make.ministry(name="시험부")
    with pytest.raises(InvalidInput) as refused:
        register_account(**(PERSON | {field: value}))
    assert list(refused.value.errors) == [field]
    assert count(Account) == count(OutboxMail) == 0


def test_a_known_address_gets_no_second_account_and_its_owner_a_mail(make):
    make.citizen(email="haeun@example.org", created_at=clock.now() - timedelta(days=1))
    for _ in range(2):
        register_account(**PERSON)
    assert count(Account) == count(Participant) == 1
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    assert "이미 가입한" in mail.subject


def test_a_fresh_account_is_not_mailed_twice(app):
    register_account(**PERSON)
    register_account(**(PERSON | {"email": "HAEUN@example.org"}))
    assert count(OutboxMail) == 1


def test_signing_in_needs_address_and_password(app):
    add_account("haeun@example.org", "하은", PASSWORD)
    assert account_for_sign_in("HAEUN@example.org", PASSWORD) is not None
    assert account_for_sign_in("haeun@example.org", PASSWORD + "!") is None
    assert account_for_sign_in("other@example.org", PASSWORD) is None
    assert account_for_sign_in("haeun@example.org", "\ud800") is None
    assert account_for_sign_in("\x00", PASSWORD) is None


def test_a_closed_account_or_one_without_password_does_not_sign_in(make):
    account = add_account("haeun@example.org", "하은", PASSWORD)
    account.active = False
    make.citizen(email="minsu@example.org", password=None)
    db.session.flush()
    assert account_for_sign_in("haeun@example.org", PASSWORD) is None
    assert account_for_sign_in("minsu@example.org", "") is None


CHILD = PERSON | {"birth_year": 2016, "birth_date": date(2016, 2, 29)}


@pytest.fixture
def in_2026():
    with clock.at(datetime(2026, 11, 23, tzinfo=UTC)):
        yield


def test_a_child_registers_and_waits_and_no_more_is_kept_than_that_needs(app, in_2026):
    register_account(**CHILD, region_code="11", agree_region=True)
    child = account_by_email("haeun@example.org")
    assert child.waits_for_consent
    assert (child.birth_year, child.needs_consent_until, child.region_code) == (2016, date(2030, 3, 1), None)


def test_no_child_registers_where_nobody_checks_guardians(app, in_2026, monkeypatch):
    monkeypatch.setitem(app.config, "GUARDIAN_VERIFIER", "")
    with pytest.raises(InvalidInput, match="보호자"):
        register_account(**CHILD)
    assert count(Account) == 0


def test_somebody_who_turned_14_this_year_waits_for_nobody(app, in_2026):
    register_account(**(PERSON | {"birth_year": 2012, "birth_date": date(2012, 3, 1)}))
    account = account_by_email("haeun@example.org")
    assert (account.needs_consent_until, account.waits_for_consent) == (None, False)

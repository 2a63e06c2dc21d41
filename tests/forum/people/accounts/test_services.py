from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask_security.utils import verify_password

from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account, CouncilSeat, Participant, RoleGrant
from forum.people.accounts.queries import account_by_email, get_account
from forum.people.accounts.services import (
    account_for_sign_in,
    add_account,
    edit_profile,
    end_sessions,
    grant_role,
    register_account,
    revoke_role,
)
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail

PASSWORD = "바다가보이는우리학교"
PERSON = {"email": "Haeun@Example.org", "display_name": "하은", "password": PASSWORD, "birth_year": 2009}
OFFICERS_NEED = {
    Role.MINISTRY_OFFICER: lambda make: {"ministry": make.ministry()},
    Role.COUNCIL_MEMBER: lambda make: {"council_seat": CouncilSeat.CIVIL},
}
GRANTABLE = [role for role in Role if role not in {Role.ANONYMOUS, Role.CITIZEN, Role.SYSTEM}]


def count(model) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_registering_makes_an_unconfirmed_account_with_its_participant(app):
    register_account(**PERSON, region_code="11")
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
    assert "이미 가입된" in mail.subject


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


def test_an_added_account_is_confirmed_and_audited(app):
    account = add_account("haeun@example.org", "하은", PASSWORD, birth_year=1990, region_code="11")
    assert account.is_confirmed
    assert account.participant_id is not None
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.subject_id, entry.actor_role) == ("accounts.add", account.id, Role.SYSTEM)
    assert count(OutboxMail) == 0


def test_a_sample_account_may_have_an_address_no_mail_reaches(app):
    account = add_account("citizen@sample.invalid", "표본", None, is_sample=True)
    assert account.is_sample
    assert account.password is None


def test_staff_accounts_need_a_longer_password(app):
    add_account("a@example.org", "하은", "열네자까지쓴긴비밀번호임다")
    with pytest.raises(InvalidInput, match="15자"):
        add_account("b@example.org", "민수", "열네자까지쓴긴비밀번호임다", role=Role.ANALYST)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMIN, Role.SYSTEM}])
def test_only_admins_add_accounts(make, role):
    with pytest.raises(Forbidden):
        add_account("haeun@example.org", "하은", PASSWORD, actor=make.actor(role))


def test_an_address_is_added_once(make):
    make.citizen(email="haeun@example.org")
    with pytest.raises(InvalidInput, match="이미"):
        add_account("HAEUN@example.org", "하은", PASSWORD)


@pytest.mark.parametrize("role", GRANTABLE)
def test_a_role_is_granted_audited_and_told(make, role):
    admin, account = make.admin(), make.citizen()
    needs = OFFICERS_NEED.get(role, lambda make: {})(make)
    grant = grant_role(account, role, admin, **needs)
    assert account.role is role
    assert grant.granted_by_id == admin.id
    db.session.expire_all()
    assert get_account(account.id).role is role
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.before, entry.after["role"]) == ("accounts.grant", {"role": "CITIZEN"}, role.name)
    assert db.session.scalars(sa.select(Notice)).one().account_id == account.id


def test_the_role_before_ends(make):
    account = make.analyst()
    grant_role(account, Role.ADMIN, SYSTEM)
    assert account.role is Role.ADMIN
    grants = db.session.scalars(sa.select(RoleGrant).order_by(RoleGrant.id)).all()
    assert [(grant.role, grant.revoked_at is None) for grant in grants] == [(Role.ANALYST, False), (Role.ADMIN, True)]


def test_an_officer_can_change_ministries(make):
    account, other = make.officer(), make.ministry()
    grant_role(account, Role.MINISTRY_OFFICER, SYSTEM, ministry=other)
    assert account.ministry_id == other.id


def test_the_same_role_is_not_granted_twice(make):
    with pytest.raises(WrongState):
        grant_role(make.analyst(), Role.ANALYST, SYSTEM)


@pytest.mark.parametrize("role", [Role.ANONYMOUS, Role.CITIZEN, Role.SYSTEM])
def test_some_roles_are_nobodys_to_give(make, role):
    with pytest.raises(InvalidInput):
        grant_role(make.citizen(), role, SYSTEM)


def test_officer_and_ministry_seat_and_member_belong_together(make):
    ministry, seat = make.ministry(), CouncilSeat.CIVIL
    for role, needs, field in [
        (Role.MINISTRY_OFFICER, {}, "ministry"),
        (Role.ANALYST, {"ministry": ministry}, "ministry"),
        (Role.COUNCIL_MEMBER, {}, "council_seat"),
        (Role.ADMIN, {"council_seat": seat}, "council_seat"),
    ]:
        with pytest.raises(InvalidInput) as refused:
            grant_role(make.citizen(), role, SYSTEM, **needs)
        assert list(refused.value.errors) == [field]


def test_an_unconfirmed_account_gets_no_role(make):
    with pytest.raises(InvalidInput, match="확인한 계정"):
        grant_role(make.citizen(confirmed=False), Role.ANALYST, SYSTEM)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMIN, Role.SYSTEM}])
def test_only_admins_give_and_take_roles(make, role):
    actor, account = make.actor(role), make.analyst()
    with pytest.raises(Forbidden):
        grant_role(account, Role.ADMIN, actor)
    with pytest.raises(Forbidden):
        revoke_role(account, actor)
    assert account.role is Role.ANALYST


def test_admins_neither_raise_nor_lower_themselves(make):
    admin = make.admin()
    with pytest.raises(Forbidden):
        grant_role(admin, Role.ANALYST, admin)
    with pytest.raises(Forbidden):
        revoke_role(admin, admin)


def test_a_taken_role_leaves_a_citizen(make):
    account = make.officer()
    revoke_role(account, make.admin())
    assert (account.role, account.ministry_id) == (Role.CITIZEN, None)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.before["role"], entry.after) == ("MINISTRY_OFFICER", {"role": "CITIZEN"})
    with pytest.raises(WrongState):
        revoke_role(account, SYSTEM)


def test_a_profile_is_changed_by_its_owner(make):
    account = make.citizen()
    edit_profile(account, account, "새 이름", "26")
    assert (account.display_name, account.region_code) == ("새 이름", "26")
    with pytest.raises(Forbidden):
        edit_profile(account, make.admin(), "관리자가 고침", None)


@pytest.mark.parametrize(("name", "region"), [("", None), ("관리자", None), ("가" * 21, None), ("하은", "99")])
def test_a_bad_profile_changes_nothing(make, name, region):
    account = make.citizen(display_name="하은이", region_code="11")
    with pytest.raises(InvalidInput):
        edit_profile(account, account, name, region)
    assert (account.display_name, account.region_code) == ("하은이", "11")


def test_a_name_given_by_the_operator_may_be_kept(make):
    account = make.admin(display_name="관리자")
    edit_profile(account, account, "관리자", "11")
    assert account.region_code == "11"


def test_ending_sessions_renews_what_cookies_name(make):
    account = make.citizen()
    before = account.fs_uniquifier
    end_sessions(account)
    assert account.fs_uniquifier != before


CHILD = PERSON | {"birth_year": 2016, "birth_date": date(2016, 2, 29)}


@pytest.fixture
def in_2026():
    with clock.at(datetime(2026, 11, 23, tzinfo=UTC)):
        yield


def test_a_child_registers_and_waits_and_no_more_is_kept_than_that_needs(app, in_2026):
    register_account(**CHILD, region_code="11")
    child = account_by_email("haeun@example.org")
    assert child.waits_for_consent
    assert (child.birth_year, child.needs_consent_until, child.region_code) == (2016, date(2030, 3, 1), None)


def test_a_region_is_not_taken_from_a_child_who_waits(make):
    child = make.child()
    edit_profile(child, child, "하은", "11")
    assert (child.display_name, child.region_code) == ("하은", None)


def test_no_child_registers_where_nobody_checks_guardians(app, in_2026, monkeypatch):
    monkeypatch.setitem(app.config, "GUARDIAN_VERIFIER", "")
    with pytest.raises(InvalidInput, match="보호자"):
        register_account(**CHILD)
    assert count(Account) == 0


def test_somebody_who_turned_14_this_year_waits_for_nobody(app, in_2026):
    register_account(**(PERSON | {"birth_year": 2012, "birth_date": date(2012, 3, 1)}))
    account = account_by_email("haeun@example.org")
    assert (account.needs_consent_until, account.waits_for_consent) == (None, False)


def test_no_child_gets_a_role(make):
    with pytest.raises(InvalidInput, match="만 14세"):
        grant_role(make.child(waits_for_consent=False), Role.FACILITATOR, make.admin())

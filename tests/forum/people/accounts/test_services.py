from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import CouncilSeat, RoleGrant
from forum.people.accounts.queries import get_account
from forum.people.accounts.services import (
    add_account,
    edit_profile,
    end_sessions,
    grant_role,
    record_reset_request,
    revoke_role,
)
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from tests.races import act_elsewhere

PASSWORD = "바다가보이는우리학교"
OFFICERS_NEED = {
    Role.MINISTRY_OFFICER: lambda make: {"ministry": make.ministry()},
    Role.COUNCIL_MEMBER: lambda make: {"council_seat": CouncilSeat.CIVIL},
}
GRANTABLE_ROLES = [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.CITIZEN, Role.SYSTEM}]


def count(model) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


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


@pytest.mark.parametrize("role", GRANTABLE_ROLES)
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
    assert (entry.before["role"], entry.after["role"]) == ("MINISTRY_OFFICER", "CITIZEN")
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


def test_a_region_is_not_taken_from_a_child_who_waits(make):
    child = make.child()
    edit_profile(child, child, "하은", "11")
    assert (child.display_name, child.region_code) == ("하은", None)


def test_no_child_gets_a_role(make):
    with pytest.raises(InvalidInput, match="만 14세"):
        grant_role(make.child(waits_for_consent=False), Role.FACILITATOR, make.admin())


# What happens between the look and the lock
def leave(account_id: int) -> None:
    delete_account(get_account(account_id), SYSTEM, keep_posts=True)


def test_a_profile_edit_that_waited_for_ones_own_leaving_does_not_put_the_name_back(app, make):
    account = make.citizen(display_name="하은")
    act_elsewhere(app, lambda: leave(account.id))
    with pytest.raises(WrongState):
        edit_profile(account, account, "하은", "11")
    db.session.rollback()
    assert (account.display_name, account.region_code) == ("탈퇴한 참여자", None)


def test_a_role_is_neither_given_to_nor_taken_from_somebody_who_has_left(app, make):
    account, admin = make.citizen(), make.admin()
    act_elsewhere(app, lambda: leave(account.id))
    with pytest.raises(WrongState):
        grant_role(account, Role.ANALYST, admin)
    db.session.rollback()
    assert account.grant is None


def test_of_two_admins_who_revoke_each_other_one_stays(app, make):
    first, second = make.admin(), make.admin()
    assert (first.role, second.role) == (Role.ADMIN, Role.ADMIN)
    act_elsewhere(app, lambda: revoke_role(get_account(second.id), get_account(first.id)))
    with pytest.raises(Forbidden):
        revoke_role(first, second)
    db.session.rollback()
    assert (first.role, second.role) == (Role.ADMIN, Role.CITIZEN)


def test_of_two_grants_at_once_the_second_ends_the_first(app, make):
    account, admin = make.citizen(), make.admin()
    assert account.role is Role.CITIZEN
    act_elsewhere(app, lambda: grant_role(get_account(account.id), Role.ANALYST, SYSTEM))
    grant_role(account, Role.FACILITATOR, admin)
    grants = db.session.scalars(sa.select(RoleGrant).where(RoleGrant.account_id == account.id).order_by(RoleGrant.id))
    assert [(grant.role, grant.revoked_at is None) for grant in grants] == [
        (Role.ANALYST, False),
        (Role.FACILITATOR, True),
    ]


def test_a_reset_asked_for_by_somebody_who_has_left_is_not_recorded(app, make):
    account = make.citizen()
    act_elsewhere(app, lambda: leave(account.id))
    with pytest.raises(WrongState):
        record_reset_request(account)
    db.session.rollback()
    assert account.reset_asked_at is None


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # SQLite has one writer at a time
@pytest.mark.parametrize("act", [revoke_role, lambda account, admin: grant_role(account, Role.FACILITATOR, admin)])
def test_an_act_on_a_role_sees_the_one_that_another_admin_gave_meanwhile(app, make, act):
    account, admin = make.account(Role.COUNCIL_MEMBER), make.admin()
    db.session.commit()
    assert account.grant.role is Role.COUNCIL_MEMBER  # what this admin's page showed
    with sa.orm.Session(db.engine) as other:
        other.execute(sa.update(RoleGrant).where(RoleGrant.account_id == account.id).values(revoked_at=clock.now()))
        other.execute(sa.insert(RoleGrant).values(account_id=account.id, role=Role.ANALYST, can_approve_answers=False))
        other.commit()
    act(account, admin)
    before = db.session.scalars(sa.select(AuditEntry.before).where(AuditEntry.subject_id == account.id)).one()
    assert before["role"] == "ANALYST"
    in_force = sa.select(RoleGrant.role).where(RoleGrant.account_id == account.id, RoleGrant.revoked_at.is_(None))
    assert Role.ANALYST not in db.session.scalars(in_force).all()

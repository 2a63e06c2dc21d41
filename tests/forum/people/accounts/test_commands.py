from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask_security.utils import verify_password

from forum.core.access import Role
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.accounts.queries import account_by_email
from forum.system.audit.models import AuditEntry


@pytest.fixture
def flask_accounts(app):
    """Run `flask accounts …` as the shell would: the test's rows are committed first, its session is fresh after."""

    def run(*words: str, typed: str | None = None):
        db.session.commit()
        result = app.test_cli_runner().invoke(args=["accounts", *words], input=typed)
        db.session.rollback()
        db.session.expire_all()
        return result

    return run


def test_an_account_is_added_and_its_made_password_shown_once(flask_accounts):
    result = flask_accounts("add", "--email", "haeun@example.org", "--name", "하은", "--birth-year", "1990")
    assert result.exit_code == 0, result.output
    account = account_by_email("haeun@example.org")
    made = re.search(r"비밀번호: (\S+)", result.output)[1]
    assert len(made) >= 15
    assert verify_password(made, account.password)
    assert account.is_confirmed
    assert account.role is Role.CITIZEN


def test_a_typed_password_is_not_shown(flask_accounts):
    typed = "바다가보이는우리학교\n" * 2
    result = flask_accounts("add", "--email", "haeun@example.org", "--name", "하은", "--ask-password", typed=typed)
    assert result.exit_code == 0, result.output
    assert "바다가" not in result.output
    assert verify_password("바다가보이는우리학교", account_by_email("haeun@example.org").password)


def test_an_officer_is_added_with_role_and_ministry(make, flask_accounts):
    ministry = make.ministry(code="MCEE", name="기후에너지환경부")
    words = ("--email", "o@example.org", "--name", "담당", "--role", "ministry_officer", "--ministry", "MCEE")
    result = flask_accounts("add", *words)
    assert result.exit_code == 0, result.output
    account = account_by_email("o@example.org")
    assert (account.role, account.ministry_id) == (Role.MINISTRY_OFFICER, ministry.id)
    assert "기후에너지환경부" in flask_accounts("list-staff").output


@pytest.mark.parametrize(
    "words",
    [
        ("--email", "nonsense", "--name", "하은"),
        ("--email", "a@example.org", "--name", "가"),
        ("--email", "a@example.org", "--name", "가" * 21),
        ("--email", "taken@example.org", "--name", "하은"),
        ("--email", "a@example.org", "--name", "하은", "--birth-year", "2099"),
        ("--email", "a@example.org", "--name", "하은", "--role", "ministry_officer"),
        ("--email", "a@example.org", "--name", "하은", "--role", "ministry_officer", "--ministry", "NONE"),
        ("--email", "a@example.org", "--name", "하은", "--role", "council_member"),
        ("--email", "a@example.org", "--name", "하은", "--as", "nobody@example.org"),
        ("--email", "a@example.org", "--name", "하은", "--as", "taken@example.org"),
    ],
)
def test_bad_input_is_told_in_korean_and_changes_nothing(make, flask_accounts, words):
    make.citizen(email="taken@example.org")
    result = flask_accounts("add", *words)
    assert result.exit_code == 1
    assert "오류: " in result.output
    assert "Traceback" not in result.output
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Account)) == 1


def test_a_short_typed_password_for_staff_is_refused(flask_accounts):
    typed = "열네자까지쓴긴비밀번호임다\n" * 2
    words = ("--email", "a@example.org", "--name", "하은", "--role", "analyst", "--ask-password")
    result = flask_accounts("add", *words, typed=typed)
    assert result.exit_code == 1
    assert "15자" in result.output


def test_roles_are_granted_and_taken(make, flask_accounts):
    make.citizen(email="haeun@example.org")
    assert flask_accounts("grant", "HAEUN@example.org", "analyst").exit_code == 0
    assert account_by_email("haeun@example.org").role is Role.ANALYST
    assert flask_accounts("revoke", "haeun@example.org").exit_code == 0
    assert account_by_email("haeun@example.org").role is Role.CITIZEN


def test_the_audit_says_who(make, flask_accounts):
    admin = make.admin(email="admin@example.org")
    make.citizen(email="haeun@example.org")
    assert flask_accounts("grant", "haeun@example.org", "analyst", "--as", "admin@example.org").exit_code == 0
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.actor_id, entry.actor_role) == (admin.id, Role.ADMIN)


@pytest.mark.parametrize(
    "words",
    [
        ("grant", "nobody@example.org", "analyst"),
        ("grant", "haeun@example.org", "ministry_officer"),
        ("grant", "haeun@example.org", "analyst", "--as", "haeun@example.org"),
        ("grant", "admin@example.org", "analyst", "--as", "admin@example.org"),
        ("grant", "admin@example.org", "admin"),
        ("revoke", "haeun@example.org"),
        ("revoke", "nobody@example.org"),
    ],
)
def test_a_refused_role_changes_nothing(make, flask_accounts, words):
    make.citizen(email="haeun@example.org")
    make.admin(email="admin@example.org")
    result = flask_accounts(*words)
    assert result.exit_code == 1
    assert "오류: " in result.output
    assert account_by_email("haeun@example.org").role is Role.CITIZEN
    assert account_by_email("admin@example.org").role is Role.ADMIN


def test_an_unknown_role_is_refused(flask_accounts):
    assert flask_accounts("grant", "haeun@example.org", "king").exit_code == 2

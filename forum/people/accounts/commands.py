from __future__ import annotations

import secrets

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.access import Role
from forum.core.cli import as_option, report_errors
from forum.core.extensions import db
from forum.people.accounts.models import CouncilSeat
from forum.people.accounts.queries import acting_as, get_account_by_email, staff_accounts
from forum.people.accounts.services import GRANTABLE_ROLES, add_account, grant_role, revoke_role
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries, get_ministry

accounts = AppGroup("accounts", help="계정과 역할")
GENERATED_PASSWORD_BYTES = 15  # 20 characters

roles = click.Choice([role.name.lower() for role in GRANTABLE_ROLES], case_sensitive=False)
seats = click.Choice([seat.name.lower() for seat in CouncilSeat], case_sensitive=False)
ministry_option = click.option("--ministry", "ministry_code", metavar="CODE", help="소관부처 담당자의 부처")
approver_option = click.option("--approver", is_flag=True, help="같은 부처의 답변을 승인할 수 있음")
seat_option = click.option("--seat", type=seats, help="협의회 위원의 구분")


def register(app: Flask) -> None:
    app.cli.add_command(accounts)


@accounts.command("add")
@click.option("--email", required=True)
@click.option("--name", required=True, help="화면에 보일 이름, 2~20자")
@click.option("--role", "role_name", type=roles, help="없으면 시민")
@ministry_option
@seat_option
@click.option("--birth-year", type=int)
@click.option("--ask-password", is_flag=True, help="비밀번호를 물어봅니다. 없으면 만들어서 한 번 보여 줍니다.")
@as_option
@report_errors
def add(
    email: str,
    name: str,
    role_name: str | None,
    ministry_code: str | None,
    seat: str | None,
    birth_year: int | None,
    ask_password: bool,
    as_email: str | None,
) -> None:
    """Create an account with a confirmed address, and grant it a role."""
    actor = acting_as(as_email)
    role = Role[role_name.upper()] if role_name else Role.CITIZEN
    password = _prompt_password() if ask_password else secrets.token_urlsafe(GENERATED_PASSWORD_BYTES)
    account = add_account(email, name, password, birth_year=birth_year, role=role, actor=actor)
    if role is not Role.CITIZEN:
        grant_role(account, role, actor, _ministry(ministry_code), _seat(seat))
    db.session.commit()
    click.echo(f"계정을 만들었습니다: {account.email} ({account.display_name}, {role.label})")
    if not ask_password:
        click.echo(f"비밀번호: {password}\n다시 볼 수 없으니 지금 적어 두고, 로그인한 뒤 바꾸어 주세요.")


@accounts.command("grant")
@click.argument("email")
@click.argument("role_name", metavar="ROLE", type=roles)
@ministry_option
@seat_option
@approver_option
@as_option
@report_errors
def grant(
    email: str, role_name: str, ministry_code: str | None, seat: str | None, approver: bool, as_email: str | None
) -> None:
    """Grant an account a role, replacing the one it has."""
    account, role = get_account_by_email(email), Role[role_name.upper()]
    grant_role(account, role, acting_as(as_email), _ministry(ministry_code), _seat(seat), approver)
    db.session.commit()
    click.echo(f"{account.email} 계정에 ‘{role.label}’ 역할을 주었습니다.")


@accounts.command("revoke")
@click.argument("email")
@as_option
@report_errors
def revoke(email: str, as_email: str | None) -> None:
    """Revoke an account's role."""
    account = get_account_by_email(email)
    revoke_role(account, acting_as(as_email))
    db.session.commit()
    click.echo(f"{account.email} 계정의 역할을 거두었습니다.")


@accounts.command("list-staff")
@report_errors
def list_staff() -> None:
    """List all accounts with a role."""
    ministries = {ministry.id: ministry.name for ministry in all_ministries()}
    for account in staff_accounts():
        where = ministries.get(account.ministry_id or 0, "")
        click.echo(f"{account.email}\t{account.display_name}\t{account.role.label}\t{where}".rstrip())


def _prompt_password() -> str:
    return str(click.prompt("비밀번호", hide_input=True, confirmation_prompt="비밀번호 한 번 더"))


def _ministry(code: str | None) -> Ministry | None:
    return get_ministry(code) if code else None


def _seat(name: str | None) -> CouncilSeat | None:
    return CouncilSeat[name.upper()] if name else None

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.access import SYSTEM, Actor, Role
from forum.core.database import LabelledEnum
from forum.core.errors import InvalidInput, NotFound
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.people.accounts.identity import email_key, folded, mailbox_key
from forum.people.accounts.models import Account, RoleGrant

MAX_ID = 2**31 - 1
MAX_SEARCH_CHARS = 100
ROLES_OF_ACCOUNTS = tuple(role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM})
"""Roles that an account may have."""


class AccountState(LabelledEnum):
    """What an admin may look for, besides a role."""

    UNCONFIRMED = "UNCONFIRMED"
    WAITING = "WAITING"
    CLOSED = "CLOSED"

    __labels__ = {
        UNCONFIRMED: _l("이메일 확인 전"),
        WAITING: _l("보호자 동의를 기다림"),
        CLOSED: _l("닫힌 계정"),
    }


@dataclass(frozen=True)
class AccountFilters:
    """Which accounts a list shows: `search` is a part of the address or the name; None is all of them."""

    search: str = ""
    role: Role | None = None
    state: AccountState | None = None

    @classmethod
    def parse(cls, args: Mapping[str, str]) -> AccountFilters:
        """Read a query string. An unknown role or state filters nothing."""
        role = Role.__members__.get(args.get("role", ""))
        role = role if role in ROLES_OF_ACCOUNTS else None
        return cls(args.get("q", "")[:MAX_SEARCH_CHARS], role, AccountState.__members__.get(args.get("state", "")))

    def as_args(self) -> dict[str, str]:
        """Return the query string that `parse` reads."""
        named = {"role": self.role, "state": self.state}
        return {name: one.name for name, one in named.items() if one} | ({"q": self.search} if self.search else {})


@dataclass(frozen=True)
class AccountPage:
    """One page of accounts, newest first. `next_before` is the id that the next page starts below; None on the last."""

    accounts: Sequence[Account]
    next_before: int | None


def account_by_email(email: str) -> Account | None:
    """Return the account of an address however it is spelled, with participant and role, in one statement."""
    return db.session.scalar(sa.select(Account).where(Account.email_key == email_key(email)))


def account_of_mailbox(email: str) -> Account | None:
    """Return the account of this address or of another address of the same mailbox."""
    same = Account.email_key == email_key(email)
    query = sa.select(Account).where(same | (Account.mailbox_key == mailbox_key(email)))
    return db.session.scalar(query.order_by(same.desc()).limit(1))


def get_account(account_id: int) -> Account:
    """Return an account.

    :raise NotFound:
    """
    account = db.session.get(Account, account_id) if account_id <= MAX_ID else None
    if account is None:
        raise NotFound(_("그런 계정이 없어요."))
    return account


def get_account_by_email(email: str) -> Account:
    """Return the account of an address.

    :raise NotFound:
    """
    account = account_by_email(email)
    if account is None:
        raise NotFound(_("‘%(email)s’ 계정이 없어요.", email=email[:80]))
    return account


def addresses_of(account_ids: Collection[int]) -> dict[int, str]:
    """Return the addresses of active accounts by account id."""
    query = sa.select(Account.id, Account.email).where(Account.id.in_(account_ids), Account.active)
    return {account_id: email for account_id, email in db.session.execute(query)}  # noqa: C416 (rows are no pairs)


def accounts_page(filters: AccountFilters, before: int | None, size: int) -> AccountPage:
    """Return accounts that meet the filters, with ids below `before`."""
    query = sa.select(Account).where(*_conditions(filters)).order_by(Account.id.desc()).limit(size + 1)
    if before is not None:
        query = query.where(Account.id < min(before, MAX_ID))
    found = db.session.scalars(query).all()
    return AccountPage(found[:size], found[size - 1].id if len(found) > size else None)


def _conditions(filters: AccountFilters) -> Iterator[sa.ColumnElement[bool]]:
    search = filters.search.replace("\x00", "").strip()
    if search:
        in_email = Account.email_key.contains(folded(search), autoescape=True)
        yield in_email | Account.display_name.icontains(search, autoescape=True)
    in_force = sa.select(RoleGrant.account_id).where(RoleGrant.revoked_at.is_(None))
    if filters.role is Role.CITIZEN:
        yield Account.id.not_in(in_force)
    elif filters.role is not None:
        yield Account.id.in_(in_force.where(RoleGrant.role == filters.role))
    if filters.state is AccountState.UNCONFIRMED:
        yield Account.confirmed_at.is_(None)
    elif filters.state is AccountState.WAITING:
        yield Account.waits_for_consent == sa.true()
    elif filters.state is AccountState.CLOSED:
        yield sa.not_(Account.active)


def staff_accounts() -> Sequence[Account]:
    """Return all accounts with a granted role, ordered by role and address."""
    query = (
        sa.select(Account)
        .join(RoleGrant, sa.and_(RoleGrant.account_id == Account.id, RoleGrant.revoked_at.is_(None)))
        .order_by(RoleGrant.role, Account.email_key)
    )
    return db.session.scalars(query).all()


def acting_as(email: str | None) -> Actor:
    """Return the actor of a command: the account of `--as`, or the system.

    :raise InvalidInput: no such account
    """
    if email is None:
        return SYSTEM
    account = account_by_email(email)
    if account is None:
        raise InvalidInput({"--as": f"{email} 계정이 없어요."})
    return account

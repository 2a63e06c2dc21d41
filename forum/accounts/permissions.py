from __future__ import annotations

from forum.access import Actor, Role
from forum.accounts.models import Account

MANAGERS = frozenset({Role.ADMIN, Role.SYSTEM})


def can_see_accounts(actor: Actor) -> bool:
    """The list of accounts shows addresses: admins only."""
    return actor.role in MANAGERS


def can_add_account(actor: Actor) -> bool:
    return actor.role in MANAGERS


def can_grant_role(actor: Actor, account: Account) -> bool:
    """Give or take a role: admins, and never their own."""
    return actor.role in MANAGERS and (actor.id is None or actor.id != account.id)


def can_edit_profile(actor: Actor, account: Account) -> bool:
    """Everybody their own, nobody another's."""
    return actor.id is not None and actor.id == account.id

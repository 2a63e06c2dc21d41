from __future__ import annotations

from forum.core.access import Actor, Role
from forum.people.accounts.models import Account


def can_delete_account(actor: Actor, account: Account) -> bool:
    """Everybody their own, a child without a guardian's consent too; the system those whose time is up."""
    return actor.role is Role.SYSTEM or (actor.id is not None and actor.id == account.id)


def can_export_data(actor: Actor, account: Account) -> bool:
    """Everybody their own and nobody another's; a child without a guardian's consent too."""
    return actor.id is not None and actor.id == account.id

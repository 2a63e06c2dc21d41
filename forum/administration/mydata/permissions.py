from __future__ import annotations

from forum.core.access import Actor, Role
from forum.people.accounts.models import Account


def can_delete_account(actor: Actor, account: Account) -> bool:
    """Return whether it is their own account (children without consent included) or the system acts."""
    return actor.role is Role.SYSTEM or (actor.id is not None and actor.id == account.id)


def can_export_data(actor: Actor, account: Account) -> bool:
    """Return whether it is their own account; children without a guardian's consent are included."""
    return actor.id is not None and actor.id == account.id

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.people.accounts.models import Account

MANAGERS = frozenset({Role.ADMIN, Role.SYSTEM})


def may_take_part(actor: Actor) -> bool:
    """May this person's ideas, votes and comments count? The one place that says so; each slice adds its own roles.

    An address that was confirmed, and for somebody under 14 a guardian's consent. The database refuses the second too.
    """
    return actor.participant_id is not None and actor.is_confirmed and not actor.waits_for_consent


def why_not_take_part(actor: Actor) -> str:
    """A sentence for somebody signed in who may not take part yet; empty for those who may."""
    if may_take_part(actor):
        return ""
    if not actor.is_confirmed:
        return "이메일 주소를 먼저 확인해 주세요. 받은 편지함에 확인 링크가 있습니다."
    if actor.waits_for_consent:
        return "만 14세 미만은 보호자가 동의한 뒤에 참여할 수 있어요. ‘내 정보’에서 보호자에게 부탁해 주세요."
    return "이 계정으로는 참여할 수 없습니다."


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

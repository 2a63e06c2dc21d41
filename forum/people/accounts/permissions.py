from __future__ import annotations

from collections.abc import Collection

from forum.core.access import Actor, Role
from forum.core.i18n import LazyString, _
from forum.people.accounts.models import Account

MANAGERS = frozenset({Role.ADMIN, Role.SYSTEM})


def may_take_part(actor: Actor) -> bool:
    """May this person's ideas, votes and comments count? Each slice adds the roles it allows.

    Requires a confirmed address and, under 14, a guardian's consent. The database refuses the second too. A guest of a
    gathering has been checked in instead.
    """
    return actor.participant_id is not None and actor.is_confirmed and not actor.waits_for_consent


def why_not_take_part(actor: Actor) -> str:
    """Return why somebody signed in may not take part yet, as a sentence; empty if they may."""
    if may_take_part(actor):
        return ""
    if actor.role is Role.GUEST:
        return str(_("진행자가 확인하면 참여할 수 있어요. 모임이 끝난 뒤에는 읽기만 해요."))
    if not actor.is_confirmed:
        return "이메일 주소를 먼저 확인해 주세요. 받은 편지함에 확인 링크가 있어요."
    if actor.waits_for_consent:
        return "만 14세 미만은 보호자가 동의한 뒤에 참여할 수 있어요. ‘내 정보’에서 보호자에게 부탁해 주세요."
    return "이 계정으로는 참여할 수 없어요."


def explain(actor: Actor, roles: Collection[Role], for_visitors: LazyString, for_other_roles: LazyString) -> str:
    """Return why the actor may not do what is for people of `roles` who may take part; empty if they may.

    :param for_visitors: the sentence for somebody who has not signed in
    :param for_other_roles: the sentence for an account of another role, with a placeholder `%(role)s`
    """
    if actor.role is Role.ANONYMOUS:
        return str(for_visitors)
    if actor.role not in roles:
        return str(for_other_roles) % {"role": actor.role.label}
    return why_not_take_part(actor)


def can_see_accounts(actor: Actor) -> bool:
    """Admins only: the list of accounts shows addresses."""
    return actor.role in MANAGERS


def can_add_account(actor: Actor) -> bool:
    return actor.role in MANAGERS


def can_grant_role(actor: Actor, account: Account) -> bool:
    """Grant or revoke a role: admins, but not their own."""
    return actor.role in MANAGERS and (actor.id is None or actor.id != account.id)


def has_role_page(actor: Actor) -> bool:
    """The page about one's role: what facilitators and council members may do, and what is still to come."""
    return actor.role in {Role.FACILITATOR, Role.COUNCIL_MEMBER}


def can_edit_profile(actor: Actor, account: Account) -> bool:
    """Edit a profile: its owner only."""
    return actor.id is not None and actor.id == account.id

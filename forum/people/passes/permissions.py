from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import explain, may_take_part
from forum.people.passes.actor import Guest
from forum.people.passes.models import GuestPass

JOINERS = frozenset({Role.CITIZEN, Role.FACILITATOR})


def can_join_pass(actor: Actor, account: Account) -> bool:
    """Join a pass to an account: one's own, which may propose and vote itself."""
    return actor.id == account.id and actor.role in JOINERS and may_take_part(actor)


def why_not_join_pass(actor: Actor) -> str:
    """Return why the actor may not join a pass to their account, as a sentence; empty if they may."""
    return explain(
        actor,
        JOINERS,
        for_visitors=_l("로그인하면 참여권을 내 계정에 합칠 수 있어요."),
        for_other_roles=_l("%(role)s 계정은 제안과 투표를 하지 않아서, 참여권을 합칠 수 없어요."),
    )


def can_withdraw_pass(actor: Actor, found: GuestPass) -> bool:
    """Take back everything of a pass: who holds it, also once its gathering has ended."""
    return isinstance(actor, Guest) and actor.pass_id == found.id

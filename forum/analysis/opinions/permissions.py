from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.people.accounts.permissions import explain
from forum.voice.votes.permissions import VOTERS, can_vote


def can_start_snapshot(actor: Actor) -> bool:
    """Ask for a snapshot of the votes before it is due."""
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}


def can_ask_where_one_stands(actor: Actor) -> bool:
    """Ask where one stands among the groups, for oneself only: whoever may vote. Staff have no votes."""
    return can_vote(actor)


def why_not_ask(actor: Actor) -> str:
    """Return why the actor may not ask, as a sentence; empty if they may."""
    return explain(
        actor,
        VOTERS,
        for_visitors=_l("로그인하면 내가 어느 갈래에 가까운지 볼 수 있어요."),
        for_other_roles=_l("%(role)s 계정은 투표하지 않아서, 어느 갈래에 가까운지도 없어요."),
    )


def can_withdraw_consent(actor: Actor) -> bool:
    """Take one's consent back: everybody who signs in, also a child whose guardian took theirs back."""
    return actor.id is not None

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.people.accounts.permissions import explain, may_take_part

VOTERS = frozenset({Role.CITIZEN, Role.FACILITATOR, Role.GUEST})


def can_vote(actor: Actor) -> bool:
    """Vote: citizens, facilitators and guests of a room who may take part. Staff accounts don't vote."""
    return actor.role in VOTERS and may_take_part(actor)


def why_not_vote(actor: Actor) -> str:
    """Return why the actor may not vote, as a sentence; empty if they may."""
    return explain(
        actor,
        VOTERS,
        for_visitors=_l("로그인하면 찬성·반대를 남길 수 있어요."),
        for_other_roles=_l("%(role)s 계정으로는 투표하지 않아요."),
    )

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.people.accounts.permissions import may_take_part, why_not_take_part

VOTERS = frozenset({Role.CITIZEN, Role.FACILITATOR})


def can_vote(actor: Actor) -> bool:
    """Citizens and facilitators who may take part. Staff accounts don't vote."""
    return actor.role in VOTERS and may_take_part(actor)


def why_not_vote(actor: Actor) -> str:
    """A sentence for somebody who may not vote; empty for those who may."""
    if can_vote(actor):
        return ""
    if actor.role is Role.ANONYMOUS:
        return "로그인하면 찬성·반대를 남길 수 있습니다."
    if actor.role not in VOTERS:
        return f"{actor.role.label} 계정으로는 투표하지 않습니다."
    return why_not_take_part(actor)

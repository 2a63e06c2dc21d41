from __future__ import annotations

from forum.access import Actor, Role

VOTERS = frozenset({Role.CITIZEN, Role.FACILITATOR})


def can_vote(actor: Actor) -> bool:
    """Confirmed citizens and facilitators. Staff accounts don't vote."""
    return actor.role in VOTERS and actor.is_confirmed and actor.participant_id is not None


def why_not_vote(actor: Actor) -> str:
    """A sentence for somebody who may not vote; empty for those who may."""
    if can_vote(actor):
        return ""
    if actor.role is Role.ANONYMOUS:
        return "로그인하면 찬성·반대를 남길 수 있습니다."
    if actor.role not in VOTERS:
        return f"{actor.role.label} 계정으로는 투표하지 않습니다."
    return "이메일 주소를 확인한 뒤에 투표할 수 있습니다. 받은 편지함을 봐 주세요."

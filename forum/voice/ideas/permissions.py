from __future__ import annotations

from forum.core.access import Actor, Role
from forum.people.accounts.permissions import may_take_part, why_not_take_part
from forum.voice.ideas.models import Idea, IdeaState

PROPOSERS = frozenset({Role.CITIZEN, Role.FACILITATOR})
COMMENTERS = PROPOSERS | {Role.ANALYST, Role.COUNCIL_MEMBER}


def can_propose(actor: Actor) -> bool:
    """Citizens and facilitators who may take part. Staff accounts don't propose."""
    return actor.role in PROPOSERS and may_take_part(actor)


def why_not_propose(actor: Actor) -> str:
    """A sentence for somebody who may not propose; empty for those who may."""
    if can_propose(actor):
        return ""
    if actor.role is Role.ANONYMOUS:
        return "로그인하면 제안을 올릴 수 있습니다."
    if actor.role not in PROPOSERS:
        return f"{actor.role.label} 계정으로는 제안을 올리지 않습니다."
    return why_not_take_part(actor)


def is_author(actor: Actor, idea: Idea) -> bool:
    return actor.participant_id is not None and idea.author_id == actor.participant_id


def can_change(actor: Actor, idea: Idea) -> bool:
    """Edit or withdraw: one's own open idea. Whether votes stand in the way is the service's question."""
    return can_propose(actor) and is_author(actor, idea) and idea.state is IdeaState.OPEN


def can_read_body(actor: Actor, idea: Idea) -> bool:
    """A withdrawn idea's text is for its author and the analysts only."""
    return idea.state is not IdeaState.WITHDRAWN or is_author(actor, idea) or actor.role is Role.ANALYST


def can_see_hidden(actor: Actor, idea: Idea) -> bool:
    """An idea that moderation hid: its author and the moderators. For everybody else there is no such page."""
    return is_author(actor, idea) or actor.role in {Role.ANALYST, Role.ADMIN}


def can_comment(actor: Actor) -> bool:
    return actor.role in COMMENTERS and may_take_part(actor)


def why_not_comment(actor: Actor) -> str:
    """A sentence for somebody who may not comment; empty for those who may."""
    if can_comment(actor):
        return ""
    if actor.role is Role.ANONYMOUS:
        return "로그인하면 댓글을 쓸 수 있습니다."
    if actor.role not in COMMENTERS:
        return f"{actor.role.label} 계정으로는 댓글을 쓰지 않습니다."
    return why_not_take_part(actor)


def can_import(actor: Actor) -> bool:
    """Bulk import is staff work: analysts, admins, and the system by command."""
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}

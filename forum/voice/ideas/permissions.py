from __future__ import annotations

from forum.core.access import Actor, Role
from forum.core.i18n import _l
from forum.people.accounts.permissions import explain, may_take_part
from forum.voice.ideas.models import Idea, IdeaState

MEMBERS = frozenset({Role.CITIZEN, Role.FACILITATOR})
PROPOSERS = MEMBERS | {Role.GUEST}
COMMENTERS = MEMBERS | {Role.ANALYST, Role.COUNCIL_MEMBER}


def can_propose(actor: Actor) -> bool:
    """Propose: citizens, facilitators and guests of a room who may take part. Staff accounts don't propose."""
    return actor.role in PROPOSERS and may_take_part(actor)


def why_not_propose(actor: Actor) -> str:
    """Return why the actor may not propose, as a sentence; empty if they may."""
    return explain(
        actor,
        PROPOSERS,
        for_visitors=_l("로그인하면 제안을 올릴 수 있어요."),
        for_other_roles=_l("%(role)s 계정으로는 제안을 올리지 않아요."),
    )


def is_author(actor: Actor, idea: Idea) -> bool:
    return actor.participant_id is not None and idea.author_id == actor.participant_id


def can_change(actor: Actor, idea: Idea) -> bool:
    """Edit or withdraw: one's own open idea. The service checks that there are no votes yet."""
    return can_propose(actor) and is_author(actor, idea) and idea.state is IdeaState.OPEN


def can_read_body(actor: Actor, idea: Idea) -> bool:
    """Read the text: everybody, but a withdrawn idea's only its author and the analysts."""
    return idea.state is not IdeaState.WITHDRAWN or is_author(actor, idea) or actor.role is Role.ANALYST


def can_see_hidden(actor: Actor, idea: Idea) -> bool:
    """See an idea that moderation hid: its author and the moderators. Everybody else gets a 404."""
    return is_author(actor, idea) or actor.role in {Role.ANALYST, Role.ADMIN}


def can_comment(actor: Actor) -> bool:
    return actor.role in COMMENTERS and may_take_part(actor)


def why_not_comment(actor: Actor) -> str:
    """Return why the actor may not comment, as a sentence; empty if they may."""
    return explain(
        actor,
        COMMENTERS,
        for_visitors=_l("로그인하면 댓글을 쓸 수 있어요."),
        for_other_roles=_l("%(role)s 계정으로는 댓글을 쓰지 않아요."),
    )


def can_merge(actor: Actor) -> bool:
    """Merge an idea into an earlier one that asks for the same."""
    return actor.role is Role.ANALYST


def can_unmerge(actor: Actor) -> bool:
    """Undo a merge; the system does where the other idea is gone."""
    return actor.role in {Role.ANALYST, Role.SYSTEM}


def can_import(actor: Actor) -> bool:
    """Import in bulk: analysts, admins, and the system by command."""
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.people.accounts.permissions import may_take_part, why_not_take_part
from forum.voice.moderation.models import Hiding, ModeratedContent

REPORTERS = frozenset({Role.CITIZEN, Role.FACILITATOR, Role.ANALYST, Role.COUNCIL_MEMBER})
MODERATORS = frozenset({Role.ANALYST, Role.ADMIN})


def is_own(actor: Actor, content: ModeratedContent) -> bool:
    return actor.participant_id is not None and content.author_id == actor.participant_id


def can_report(actor: Actor, content: ModeratedContent) -> bool:
    """Report: everybody who may comment, but not their own content."""
    return actor.role in REPORTERS and may_take_part(actor) and not is_own(actor, content)


def why_not_report(actor: Actor, content: ModeratedContent) -> str:
    """Return why the actor may not report this, as a sentence; empty if they may."""
    if can_report(actor, content):
        return ""
    if actor.role not in REPORTERS:
        return f"{actor.role.label} 계정으로는 신고하지 않습니다."
    return why_not_take_part(actor) or "내가 쓴 글은 신고하지 않습니다."


def can_moderate(actor: Actor) -> bool:
    """See the queue: analysts and admins."""
    return actor.role in MODERATORS


def can_hide(actor: Actor, content: ModeratedContent) -> bool:
    """Hide, restore, dismiss reports: analysts, admins and the system, but not for their own content."""
    return (actor.role in MODERATORS or actor.role is Role.SYSTEM) and not is_own(actor, content)


def can_appeal(actor: Actor, hiding: Hiding) -> bool:
    """Appeal: the author only."""
    return is_own(actor, hiding.content)


def can_decide_appeal(actor: Actor, hiding: Hiding, n_others: int) -> bool:
    """Decide an appeal: a moderator who did not hide the content; the one who did only if there is no other.

    :param n_others: how many active moderators did not hide it
    """
    return can_hide(actor, hiding.content) and (actor.id != hiding.hidden_by_id or n_others == 0)

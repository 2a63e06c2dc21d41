from __future__ import annotations

from forum.core.access import Actor, Role
from forum.people.accounts.permissions import may_take_part, why_not_take_part
from forum.voice.ideas.models import Comment, Idea
from forum.voice.moderation.models import Hiding

REPORTERS = frozenset({Role.CITIZEN, Role.FACILITATOR, Role.ANALYST, Role.COUNCIL_MEMBER})
MODERATORS = frozenset({Role.ANALYST, Role.ADMIN})


def is_own(actor: Actor, thing: Idea | Comment) -> bool:
    return actor.participant_id is not None and thing.author_id == actor.participant_id


def can_report(actor: Actor, thing: Idea | Comment) -> bool:
    """Everybody who may comment, about what others wrote."""
    return actor.role in REPORTERS and may_take_part(actor) and not is_own(actor, thing)


def why_not_report(actor: Actor, thing: Idea | Comment) -> str:
    if can_report(actor, thing):
        return ""
    if actor.role not in REPORTERS:
        return f"{actor.role.label} 계정으로는 신고하지 않습니다."
    return why_not_take_part(actor) or "내가 쓴 글은 신고하지 않습니다."


def can_moderate(actor: Actor) -> bool:
    """See the queue."""
    return actor.role in MODERATORS


def can_hide(actor: Actor, thing: Idea | Comment) -> bool:
    """Hide, leave, show again: analysts, admins and the system, never about their own words."""
    return (actor.role in MODERATORS or actor.role is Role.SYSTEM) and not is_own(actor, thing)


def can_appeal(actor: Actor, hiding: Hiding) -> bool:
    return is_own(actor, hiding.thing)


def can_decide_appeal(actor: Actor, hiding: Hiding, others: int) -> bool:
    """Another member of staff than who hid it; `others` is how many of those there are. The last one may decide alone.

    :param others: moderators who are active and did not hide it
    """
    return can_hide(actor, hiding.thing) and (actor.id != hiding.hidden_by_id or others == 0)

from __future__ import annotations

from forum.core.access import Actor, Role
from forum.people.accounts.permissions import may_take_part, why_not_take_part
from forum.system.texts.registry import PublishedText
from forum.voice.moderation.models import Hiding

REPORTERS = frozenset({Role.CITIZEN, Role.FACILITATOR, Role.ANALYST, Role.COUNCIL_MEMBER})
MODERATORS = frozenset({Role.ANALYST, Role.ADMIN})


def is_own(actor: Actor, text: PublishedText) -> bool:
    return actor.participant_id is not None and text.author_id == actor.participant_id


def can_report(actor: Actor, text: PublishedText) -> bool:
    """Report: everybody who may comment, but not their own text."""
    return actor.role in REPORTERS and may_take_part(actor) and not is_own(actor, text)


def why_not_report(actor: Actor, text: PublishedText) -> str:
    """Return why the actor may not report this, as a sentence; empty if they may."""
    if can_report(actor, text):
        return ""
    if actor.role not in REPORTERS:
        return f"{actor.role.label} 계정으로는 신고하지 않아요."
    return why_not_take_part(actor) or "내가 쓴 글은 신고하지 않아요."


def can_moderate(actor: Actor) -> bool:
    """See the queue: analysts and admins."""
    return actor.role in MODERATORS


def can_hide(actor: Actor, text: PublishedText) -> bool:
    """Hide, restore, dismiss reports: analysts, admins and the system, but not for their own text."""
    return (actor.role in MODERATORS or actor.role is Role.SYSTEM) and not is_own(actor, text)


def can_appeal(actor: Actor, hiding: Hiding) -> bool:
    """Appeal: the author only."""
    return is_own(actor, hiding.text)


def can_decide_appeal(actor: Actor, hiding: Hiding, n_others: int) -> bool:
    """Decide an appeal: a moderator who did not hide the text; the one who did only if there is no other.

    :param n_others: how many active moderators did not hide it
    """
    return can_hide(actor, hiding.text) and (actor.id != hiding.hidden_by_id or n_others == 0)

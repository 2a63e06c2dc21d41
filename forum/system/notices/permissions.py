from __future__ import annotations

from forum.core.access import Actor, Role
from forum.system.notices.models import Notice


def can_see_undelivered_mail(actor: Actor) -> bool:
    return actor.role in {Role.ADMIN, Role.SYSTEM}


def can_resend_mail(actor: Actor) -> bool:
    return actor.role in {Role.ADMIN, Role.SYSTEM}


def can_open_notice(actor: Actor, notice: Notice) -> bool:
    """Only the person it was written for."""
    return actor.id is not None and notice.account_id == actor.id


def can_choose_mail(actor: Actor) -> bool:
    """Everybody who signs in chooses which mails come; what cannot be left is in no stream."""
    return actor.id is not None

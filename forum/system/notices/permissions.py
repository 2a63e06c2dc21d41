from __future__ import annotations

from forum.core.access import Actor, Role


def can_see_undelivered_mail(actor: Actor) -> bool:
    return actor.role in {Role.ADMIN, Role.SYSTEM}


def can_resend_mail(actor: Actor) -> bool:
    return actor.role in {Role.ADMIN, Role.SYSTEM}

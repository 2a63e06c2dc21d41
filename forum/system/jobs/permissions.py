from __future__ import annotations

from forum.core.access import Actor, Role


def can_see_jobs(actor: Actor) -> bool:
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}


def can_cancel_job(actor: Actor) -> bool:
    return actor.role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM}

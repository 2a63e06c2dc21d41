"""Roles and actors.

Pages are closed unless a view is marked `@public` (`web.gate`). The plain functions in each slice's `permissions.py`
decide what a signed-in person may do; services call them through `require`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from forum.core.database import LabelledEnum
from forum.core.errors import Forbidden
from forum.core.i18n import _l


class Role(LabelledEnum):
    """What an actor may be. ANONYMOUS, GUEST and SYSTEM are never granted to an account."""

    ANONYMOUS = "ANONYMOUS"
    GUEST = "GUEST"
    """Somebody with a guest pass of a gathering (`people.passes`), in the views that ask for one."""
    CITIZEN = "CITIZEN"
    FACILITATOR = "FACILITATOR"
    ANALYST = "ANALYST"
    MINISTRY_OFFICER = "MINISTRY_OFFICER"
    COUNCIL_MEMBER = "COUNCIL_MEMBER"
    ADMIN = "ADMIN"
    SYSTEM = "SYSTEM"

    __labels__ = {
        ANONYMOUS: _l("방문자"),
        GUEST: _l("모임 손님"),
        CITIZEN: _l("시민"),
        FACILITATOR: _l("모임 진행자"),
        ANALYST: _l("분석가"),
        MINISTRY_OFFICER: _l("소관부처 담당자"),
        COUNCIL_MEMBER: _l("협의회 위원"),
        ADMIN: _l("관리자"),
        SYSTEM: _l("시스템"),
    }


STAFF_ROLES = frozenset({Role.ANALYST, Role.MINISTRY_OFFICER, Role.COUNCIL_MEMBER, Role.ADMIN})
"""Roles that act on other people's ideas. Staff accounts neither propose nor vote."""


class Actor(Protocol):
    """Who acts: an account, a visitor, or the system."""

    @property
    def id(self) -> int | None: ...
    @property
    def role(self) -> Role: ...
    @property
    def ministry_id(self) -> int | None: ...
    @property
    def participant_id(self) -> int | None: ...
    @property
    def is_confirmed(self) -> bool: ...
    @property
    def waits_for_consent(self) -> bool: ...
    @property
    def can_approve_answers(self) -> bool: ...


@dataclass(frozen=True)
class BuiltinActor:
    """An actor without an account."""

    role: Role
    id: None = None
    ministry_id: None = None
    participant_id: None = None
    is_confirmed: bool = False
    waits_for_consent: bool = False
    can_approve_answers: bool = False


@dataclass(frozen=True)
class CodeHolder(BuiltinActor):
    """A device that acts because somebody typed a printed recovery code on it, in the place of an account.

    grant_id : names the device in audit entries
    in_place_of : the account that answers for what it does
    gathering_id : the one room that it may run; None for the session's host
    """

    grant_id: int = 0
    in_place_of: int = 0
    gathering_id: int | None = None


ANONYMOUS = BuiltinActor(Role.ANONYMOUS)
SYSTEM = BuiltinActor(Role.SYSTEM)


def accountable_id(actor: Actor) -> int | None:
    """Return the account that answers for an act: the actor's own, or the one in whose place a device acts."""
    return actor.in_place_of if isinstance(actor, CodeHolder) else actor.id


def require(allowed: bool, message: str = "") -> None:
    """Raise unless `allowed`.

    :raise Forbidden: with this message
    """
    if not allowed:
        raise Forbidden(message)

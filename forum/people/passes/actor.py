"""The guest of a request: whose pass the session's cookie names.

Guests are visitors everywhere: `current_user` stays anonymous, and closed pages stay closed. The few views that are for
guests too ask for `guest_of_request()` and pass it to services as the actor.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask import g, session

from forum.core.access import Role
from forum.core.extensions import db
from forum.people.accounts.models import Participant
from forum.people.passes.codes import hash_of
from forum.people.passes.models import GuestPass

SESSION_KEY = "guest_pass"
"""Key of the session whose value is the code of the pass."""


@dataclass(frozen=True)
class Guest:
    """A guest as an actor.

    is_confirmed : checked in, in a gathering that has not ended; only then may they write and vote
    """

    pass_id: int
    participant_id: int
    is_confirmed: bool
    role: Role = Role.GUEST
    id: None = None
    ministry_id: None = None
    waits_for_consent: bool = False
    can_approve_answers: bool = False


def guest_of_request() -> Guest | None:
    """Return the guest whose pass this browser holds; None for everybody else, and once the pass can't be read.

    One statement for each request with such a cookie, none without.
    """
    if SESSION_KEY not in session:
        return None
    if "guest" not in g:
        g.guest = _find(str(session[SESSION_KEY]))
    found: Guest | None = g.guest
    return found


def guest_of(found: GuestPass) -> Guest:
    return Guest(found.id, found.participant.id, found.may_act())


def remember_pass(code: str) -> None:
    """Keep the pass in this browser, as long as a sign-in lasts."""
    session[SESSION_KEY] = code
    session.permanent = True
    g.pop("guest", None)


def forget_pass() -> None:
    """Drop the pass from this browser. It stays valid elsewhere."""
    session.pop(SESSION_KEY, None)
    g.pop("guest", None)


def request_actor() -> str | None:
    """Return the guest as `forum.web.idempotency` names whose key it is."""
    guest = guest_of_request()
    return None if guest is None else f"pass:{guest.pass_id}"


def _find(code: str) -> Guest | None:
    query = sa.select(GuestPass, Participant.id).join(Participant, Participant.guest_pass_id == GuestPass.id)
    row = db.session.execute(query.where(GuestPass.code_hash == hash_of(code))).one_or_none()
    if row is None or not row[0].may_be_read():
        return None
    return Guest(row[0].id, row[1], row[0].may_act())

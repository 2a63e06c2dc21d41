"""A dead phone: another device takes over a role by its printed code.

The device's browser holds a secret in its session, and needs no account. Whoever takes over ends the device before it:
one device at a time has a role by code. The accounts keep their rights beside it.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from flask import g
from flask import session as browser

from forum.core.access import SYSTEM, Actor, CodeHolder, Role
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.network import keyed_hash
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.joint.codes import role_of_code
from forum.deliberation.joint.granting import end_grants
from forum.deliberation.joint.locking import lock_seen, lock_session
from forum.deliberation.joint.mails import notify_taken_over
from forum.deliberation.joint.models import JointGrant, JointRoom, JointSession
from forum.deliberation.joint.queries import OPEN_STATES
from forum.system.audit.services import record

SESSION_KEY = "joint_grants"
"""Key of the browser's session whose value is a list of secrets, the newest first."""
MAX_GRANTS = 4
"""Roles that one device keeps."""
OF_JOINT = "joint_code"
"""Purpose under which wrong codes are counted (`people.passes.attempts`)."""


class WrongCode(InvalidInput):
    """No role of this session has this code."""

    def __init__(self) -> None:
        super().__init__({"code": _("맞는 번호가 아니에요. 종이에 적힌 글자 10개를 그대로 넣어 주세요.")})


def take_over(session: JointSession, text: str) -> tuple[JointGrant, str]:
    """Give the device that typed a code its role, and end the device before it. The caller commits.

    :return: the grant, flushed, and its secret for `remember_grant`
    :raise WrongCode: of no role of this session, or printed before the codes were renewed
    :raise WrongState: the session has ended
    """
    lock_session(session)
    if session.state not in OPEN_STATES:
        raise WrongState(_("‘%(state)s’ 상태라서 이어받을 것이 없어요.", state=session.state.label))
    rooms = sa.select(JointRoom.gathering_id).where(JointRoom.session_id == session.id)
    role = role_of_code(session, text, db.session.scalars(rooms.order_by(JointRoom.gathering_id)).all())
    if role is None:
        raise WrongCode
    gathering = get_gathering(role) if role else None
    is_role = JointGrant.gathering_id == role if role else JointGrant.gathering_id.is_(None)
    n_before = end_grants(session.id, is_role)
    secret = secrets.token_urlsafe(24)
    grant = JointGrant(session_id=session.id, gathering_id=role or None, secret_hash=_hash_of(secret))
    db.session.add(grant)
    db.session.flush()
    after = {"gathering": grant.gathering_id, "by_code": grant.id, "ended": n_before}
    record(SYSTEM, "joint.take_over", session, after=after)
    notify_taken_over(session, grant, gathering)
    return grant, secret


def renew_codes(session: JointSession, actor: Actor, seen: int) -> None:
    """Make the codes that were printed useless, and end every device that has a role by one. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: neither the host nor an admin
    :raise WrongState: changed meanwhile
    """
    lock_seen(session, actor, seen)
    session.nonce = secrets.token_hex(8)
    session.revision += 1
    n_ended = end_grants(session.id)
    record(actor, "joint.renew_codes", session, after={"ended": n_ended})
    db.session.flush()


def remember_grant(secret: str) -> None:
    """Keep the role in this browser, as long as a sign-in lasts."""
    browser[SESSION_KEY] = [secret, *browser.get(SESSION_KEY, [])][:MAX_GRANTS]
    browser.permanent = True
    g.pop("joint_grants", None)


def grants_of_request() -> list[JointGrant]:
    """Return the roles in force that this browser has by code. One statement where it has any, else none."""
    if SESSION_KEY not in browser:
        return []
    if "joint_grants" not in g:
        hashes = [_hash_of(str(secret)) for secret in list(browser[SESSION_KEY])[:MAX_GRANTS]]
        query = sa.select(JointGrant).where(JointGrant.secret_hash.in_(hashes), JointGrant.revoked_at.is_(None))
        g.joint_grants = list(db.session.scalars(query.order_by(JointGrant.id)))
    found: list[JointGrant] = g.joint_grants
    return found


def grant_of_request(session_id: int, gathering_id: int | None = None) -> JointGrant | None:
    """Return this browser's grant for a session's host, or for one of its rooms."""
    held = (one for one in grants_of_request() if one.session_id == session_id and one.gathering_id == gathering_id)
    return next(held, None)


def has_grant() -> bool:
    return bool(grants_of_request())


def stand_in_of_request(gathering: Gathering) -> CodeHolder | None:
    """Return this browser as the device that runs a room by its code (`gatherings.actor.runner_of`)."""
    held = next((one for one in grants_of_request() if one.gathering_id == gathering.id), None)
    if held is None:
        return None
    in_place_of = gathering.organiser_id
    return CodeHolder(Role.SYSTEM, grant_id=held.id, in_place_of=in_place_of, gathering_id=gathering.id)


def _hash_of(secret: str) -> str:
    return keyed_hash("joint grant", secret)

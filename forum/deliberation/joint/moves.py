"""Move a joint session from step to step. A move begins some seconds later, so that all screens change together."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, CodeHolder, require
from forum.core.database import insert_or_ignore
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.joint.locking import lock_session
from forum.deliberation.joint.models import JointGrant, JointMove, JointSession, JointState, JointStep
from forum.deliberation.joint.permissions import HOST_ONLY, acting, can_host
from forum.system.audit.services import record

LEAD = timedelta(seconds=3)
"""From a move to its beginning: two polls of a phone, and a screen that missed one still changes with the others."""


def move_to(
    session: JointSession, position: int, actor: Actor, seen: int, grant: JointGrant | None = None
) -> JointMove:
    """Let all rooms go to a step, forward or back. The caller commits.

    :param seen: number of the newest move that the host's screen showed
    :param grant: of the device, if it took over by the recovery code
    :return: the move; it begins `LEAD` later
    :raise Forbidden: neither the host nor the device that took over
    :raise InvalidInput: no such step
    :raise WrongState: the session is not running, or somebody else has moved meanwhile
    """
    require(can_host(actor, session, grant), str(HOST_ONLY))
    lock_session(session)
    if grant is not None:
        db.session.refresh(grant)
    require(can_host(actor, session, grant), str(HOST_ONLY))
    if session.state is not JointState.RUNNING:
        raise WrongState(_("‘%(state)s’ 상태라서 단계를 옮길 수 없어요.", state=session.state.label))
    if db.session.get(JointStep, (session.id, position)) is None:
        raise InvalidInput({"position": _("그런 단계가 없어요.")})
    return write_move(session, position, actor, seen, grant)


def write_move(session: JointSession, position: int, actor: Actor, seen: int, grant: JointGrant | None) -> JointMove:
    """Insert the move after the one that was seen; of two people at once, the second finds its number taken.

    The caller has asked for the permission, has locked the session, and commits.
    """
    newest = newest_move(session.id)
    if (newest.number if newest else 0) != seen:
        raise moved_meanwhile(newest)
    who = acting(actor, session, grant)
    by_code = isinstance(who, CodeHolder)
    now = clock.now()
    row = {
        "session_id": session.id,
        "number": seen + 1,
        "position": position,
        "begins_at": now + LEAD,
        "moved_at": now,
        "moved_by_id": None if by_code else actor.id,
        "grant_id": grant.id if by_code and grant else None,
    }
    written = insert_or_ignore(db.session, JointMove).values(row).returning(JointMove.number)
    if db.session.execute(written).first() is None:
        raise moved_meanwhile(newest_move(session.id))
    record(who, "joint.move", session, after={"position": position, "number": seen + 1})
    return db.session.get_one(JointMove, (session.id, seen + 1))


def moved_meanwhile(newest: JointMove | None) -> WrongState:
    if newest is None:
        return WrongState(_("그사이에 화면이 달라졌어요. 새로 열어 주세요."))
    return WrongState(
        _("그사이에 다른 진행자가 %(n)s번째 단계로 옮겼어요. 지금 화면을 보고 다시 골라 주세요.", n=newest.position)
    )


def newest_move(session_id: int) -> JointMove | None:
    query = sa.select(JointMove).where(JointMove.session_id == session_id).order_by(JointMove.number.desc())
    return db.session.scalar(query.limit(1).execution_options(populate_existing=True))

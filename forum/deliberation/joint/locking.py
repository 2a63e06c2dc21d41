"""Hold a session while something changes: it is locked before its gatherings, and those by their ids."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.models import JointRoom, JointSession
from forum.deliberation.joint.permissions import HOST_ONLY, can_change_session

CHANGED_MEANWHILE = _l("이 화면을 연 뒤에 연결 모임이 바뀌었어요. 지금 내용을 보고 다시 해 주세요.")


def lock_session(session: JointSession) -> None:
    """Lock the session until the end of the transaction, and reload it. It is locked before its gatherings."""
    db.session.refresh(session, with_for_update={"of": JointSession})


def lock_seen(session: JointSession, actor: Actor, seen: int) -> None:
    """Lock and reload a session that the actor changes, and ask again.

    :raise Forbidden: neither its host nor an admin
    :raise WrongState: the page showed another revision
    """
    lock_session(session)
    require(can_change_session(actor, session), str(HOST_ONLY))
    require_seen(session, seen)


def require_seen(session: JointSession, seen: int) -> None:
    """:raise WrongState: the page showed another revision of the session, which is locked"""
    if session.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))


def lock_gatherings_of(session_id: int) -> list[Gathering]:
    """Lock all gatherings of a session, in the order of their ids, and reload them. The session is locked."""
    rooms = sa.select(JointRoom.gathering_id).where(JointRoom.session_id == session_id)
    query = sa.select(Gathering).where(Gathering.id.in_(rooms)).order_by(Gathering.id).with_for_update(of=Gathering)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))

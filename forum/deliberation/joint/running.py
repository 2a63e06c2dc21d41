"""Start and finish a joint session: open its rooms together, and close them together.

Rooms that their facilitators have opened already are open; those that wait are opened by the start. A room that has
ended or was cancelled by then stays out. Locks are taken in order: the session, all its gatherings by id, and then each
room's people, so that nobody who votes in two rooms waits for who waits for them.
"""

from __future__ import annotations

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import moment
from forum.deliberation.gatherings.models import GatheringState
from forum.deliberation.gatherings.pausing import require_not_paused
from forum.deliberation.gatherings.states import mark_started
from forum.deliberation.joint.ending import at_session_end
from forum.deliberation.joint.granting import end_grants
from forum.deliberation.joint.locking import lock_gatherings_of, lock_session, require_seen
from forum.deliberation.joint.models import JointGrant, JointMove, JointSession, JointState
from forum.deliberation.joint.moves import write_move
from forum.deliberation.joint.permissions import HOST_ONLY, acting, can_host
from forum.deliberation.rooms.running import EARLIEST, close_room
from forum.system.audit.services import record


def start_session(session: JointSession, actor: Actor, seen: int, grant: JointGrant | None = None) -> JointMove:
    """Begin with the first step, and open the rooms that wait. One room is enough. The caller commits.

    :param seen: revision that the page showed
    :param grant: of the device, if it took over by the recovery code
    :return: the move to the first step
    :raise Forbidden: neither the host nor the device that took over
    :raise WrongState: not planned, too early, without a room, in an election pause, or changed meanwhile
    """
    _lock(session, actor, seen, grant)
    require_not_paused()
    if session.state is not JointState.PLANNED:
        raise WrongState(_("‘%(state)s’ 상태라서 시작할 수 없어요.", state=session.state.label))
    if clock.now() < session.starts_at - EARLIEST:
        earliest = moment(session.starts_at - EARLIEST)
        raise WrongState(_("연결 모임은 시작하기 1시간 전(%(moment)s)부터 열 수 있어요.", moment=earliest))
    rooms = [one for one in lock_gatherings_of(session.id) if not one.is_hidden]
    waiting = [one for one in rooms if one.state is GatheringState.PLANNED]
    if not waiting and all(one.state is not GatheringState.RUNNING for one in rooms):
        raise WrongState(_("함께하는 모임방이 하나는 있어야 시작할 수 있어요."))
    who = acting(actor, session, grant)
    for gathering in waiting:
        mark_started(gathering, who)
    session.state, session.started_at = JointState.RUNNING, clock.now()
    session.revision += 1
    db.session.flush()
    record(who, "joint.start", session, after={"rooms": len(rooms), "opened": [one.id for one in waiting]})
    return write_move(session, 1, actor, 0, grant)


def finish_session(session: JointSession, actor: Actor, seen: int, grant: JointGrant | None = None) -> None:
    """End the session: close every room that is still open, and begin what follows. The caller commits.

    Where a facilitator has not closed the room with a count of their own, those who were checked in and those whose
    vote sheets were accepted are taken for present.

    :param seen: revision that the page showed
    :param grant: of the device, if it took over by the recovery code
    :raise Forbidden: neither the host nor the device that took over
    :raise WrongState: not running, or changed meanwhile
    """
    _lock(session, actor, seen, grant)
    if session.state is not JointState.RUNNING:
        raise WrongState(_("‘%(state)s’ 상태라서 마칠 수 없어요.", state=session.state.label))
    who = acting(actor, session, grant)
    still_open = [one for one in lock_gatherings_of(session.id) if one.state is GatheringState.RUNNING]
    for gathering in still_open:
        close_room(gathering, who)
    session.state, session.finished_at = JointState.FINISHED, clock.now()
    session.revision += 1
    db.session.flush()
    record(who, "joint.finish", session, after={"closed": [one.id for one in still_open]})
    end_grants(session.id)
    at_session_end(session, who)


def _lock(session: JointSession, actor: Actor, seen: int, grant: JointGrant | None) -> None:
    require(can_host(actor, session, grant), str(HOST_ONLY))
    lock_session(session)
    if grant is not None:
        db.session.refresh(grant)
    require(can_host(actor, session, grant), str(HOST_ONLY))
    require_seen(session, seen)

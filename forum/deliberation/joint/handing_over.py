"""Hand a joint session to another facilitator, who hosts it from then on."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.permissions import can_be_organiser
from forum.deliberation.gatherings.team import hand_over_gathering
from forum.deliberation.joint.granting import end_grants
from forum.deliberation.joint.locking import lock_session, require_seen
from forum.deliberation.joint.mails import notify_handed_over
from forum.deliberation.joint.models import JointGrant, JointRoom, JointSession
from forum.deliberation.joint.permissions import HOST_HANDS_OVER, can_hand_over_session
from forum.deliberation.joint.queries import JOINING_STATES, OPEN_STATES
from forum.people.accounts.models import Account
from forum.people.accounts.queries import account_by_email
from forum.system.audit.services import record


def hand_over_session(session: JointSession, actor: Actor, email: str, seen: int) -> Account:
    """Make another facilitator the host, also while the session runs. The caller commits.

    The online room goes with it, if it is the host's. The host's printed code, which the host before has seen, and the
    device that hosts by it end; the rooms' codes and devices stay. The host before has no rights from then on.

    :param seen: revision that the page showed
    :return: the new host
    :raise Forbidden: somebody else's session; for an admin, as long as the host can do it
    :raise WrongState: it has ended, or was changed meanwhile
    :raise InvalidInput: no other facilitator who may take part has this address. The message does not say which.
    """
    require(can_hand_over_session(actor, session), str(HOST_HANDS_OVER))
    found = account_by_email(email)
    lock_session(session)
    require(can_hand_over_session(actor, session), str(HOST_HANDS_OVER))
    require_seen(session, seen)
    if session.state not in OPEN_STATES:
        raise WrongState(_("‘%(state)s’ 상태라서 연결 모임을 넘길 수 없어요.", state=session.state.label))
    if found is None or not can_be_organiser(found) or found.id == session.host_id:
        message = _("이 주소로는 넘길 수 없어요. 다른 모임 진행자의 이메일 주소인지 봐 주세요.")
        raise InvalidInput({"facilitator": message})
    earlier = session.host_id
    online = _online_room_of(session, earlier)
    if online is not None:
        hand_over_gathering(online, actor, email, online.revision)
    session.host_id = found.id
    session.n_handovers += 1
    session.revision += 1
    n_ended = end_grants(session.id, JointGrant.gathering_id.is_(None))
    db.session.refresh(session, ["host"])
    after = {"host": found.id, "ended": n_ended, "online": online.id if online else None}
    record(actor, "joint.hand_over", session, {"host": earlier}, after)
    notify_handed_over(session, found, earlier)
    return found


def _online_room_of(session: JointSession, account_id: int) -> Gathering | None:
    """Return the online room as long as it is open or to be opened, and this account's."""
    query = sa.select(Gathering).join(JointRoom, JointRoom.gathering_id == Gathering.id)
    is_theirs = sa.and_(Gathering.organiser_id == account_id, Gathering.state.in_(JOINING_STATES))
    return db.session.scalar(query.where(JointRoom.session_id == session.id, JointRoom.is_online, is_theirs))

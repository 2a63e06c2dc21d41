"""Open, edit and cancel joint sessions. Acts lock the session first, before its gatherings."""

from __future__ import annotations

import json

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, refuse_resident_numbers
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.pausing import require_not_paused
from forum.deliberation.gatherings.services import cancel_gathering
from forum.deliberation.joint.granting import end_grants
from forum.deliberation.joint.locking import lock_seen
from forum.deliberation.joint.mails import notify_cancelled
from forum.deliberation.joint.models import JointRoom, JointSession, JointState
from forum.deliberation.joint.permissions import HOST_ONLY, can_change_session, can_open_session, why_not_open
from forum.deliberation.joint.plan import Plan, checked, write_steps
from forum.deliberation.joint.queries import OPEN_STATES
from forum.people.accounts.models import Account
from forum.system.audit.services import record, text_hash
from forum.system.texts.limits import count_by_network, count_by_person
from forum.voice.campaigns.models import Campaign

KIND = Gathering.__tablename__
"""Sessions count as gatherings do towards how many texts one may send."""
MAX_REASON_CHARS = 300


def open_session(campaign: Campaign, actor: Actor, plan: Plan, address: str | None = None) -> JointSession:
    """Plan a joint session. Everybody sees it at once. The caller commits.

    :param address: IP address of the request, for the limit of its network
    :raise Forbidden: no facilitator who may take part
    :raise TooManyTexts: the person or the network has opened too many
    :raise InvalidInput: what `plan.checked` refuses
    :raise WrongState: gatherings pause
    """
    require(can_open_session(actor), why_not_open(actor))
    require_not_paused()
    plan = checked(plan)
    count_by_person(KIND, actor)
    session = JointSession(campaign_id=campaign.id, host_id=actor.id, title=plan.title, starts_at=plan.starts_at)
    write_steps(session, plan)
    db.session.add(session)
    db.session.flush()
    record(actor, "joint.open", session, after=_for_audit(session))
    count_by_network(KIND, address)
    return session


def edit_session(session: JointSession, actor: Actor, plan: Plan, seen: int) -> None:
    """Change a session before it begins. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: neither its host nor an admin
    :raise TooManyTexts: the person has sent too many texts; a change counts as one
    :raise WrongState: it began or ended, or was changed meanwhile
    :raise InvalidInput: what `plan.checked` refuses
    """
    require(can_change_session(actor, session), str(HOST_ONLY))
    plan = checked(plan, known_start=session.starts_at)
    count_by_person(KIND, actor)
    lock_seen(session, actor, seen)
    if session.state is not JointState.PLANNED:
        raise WrongState(_("‘%(state)s’ 상태라서 연결 모임을 고칠 수 없어요.", state=session.state.label))
    if plan == Plan.of(session):
        return
    before = _for_audit(session)
    assert plan.starts_at is not None
    session.title, session.starts_at = plan.title, plan.starts_at
    write_steps(session, plan)
    session.revision += 1
    db.session.flush()
    record(actor, "joint.edit", session, before, _for_audit(session))


def cancel_session(session: JointSession, actor: Actor, reason: str, seen: int) -> None:
    """Call the session off, also while it runs. The caller commits.

    Its rooms go on by themselves, but for the online room, which is cancelled with it.

    :param reason: is told and shown
    :param seen: revision that the page showed
    :raise Forbidden: neither its host nor an admin
    :raise WrongState: ended already, or changed meanwhile
    :raise InvalidInput: no reason
    """
    require(can_change_session(actor, session), str(HOST_ONLY))
    reason = clean_line(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS, min_chars=2)
    refuse_resident_numbers(reason, "reason")
    lock_seen(session, actor, seen)
    if session.state not in OPEN_STATES:
        raise WrongState(_("‘%(state)s’ 상태라서 연결 모임을 취소할 수 없어요.", state=session.state.label))
    before = {"state": session.state.value}
    session.state, session.cancelled_at, session.cancel_reason = JointState.CANCELLED, clock.now(), reason
    session.revision += 1
    db.session.flush()
    record(actor, "joint.cancel", session, before, {"state": session.state.value})
    end_grants(session.id)
    notify_cancelled(session, [one for one in _organisers(session) if one.id != actor.id])
    online = _online_room(session)
    if online is not None and online.state in {GatheringState.PLANNED, GatheringState.RUNNING}:
        cancel_gathering(online, actor, session.cancel_reason, online.revision, is_confirmed=True)


def _organisers(session: JointSession) -> list[Account]:
    rooms = sa.select(Gathering.organiser_id).join(JointRoom, JointRoom.gathering_id == Gathering.id)
    of_session = rooms.where(JointRoom.session_id == session.id)
    query = sa.select(Account).where(Account.id.in_(of_session), Account.active).order_by(Account.id)
    return list(db.session.scalars(query))


def _online_room(session: JointSession) -> Gathering | None:
    query = sa.select(Gathering).join(JointRoom, JointRoom.gathering_id == Gathering.id)
    return db.session.scalar(query.where(JointRoom.session_id == session.id, JointRoom.is_online))


def _for_audit(session: JointSession) -> dict[str, object]:
    steps = [[step.kind.value, step.title, step.minutes] for step in session.steps]
    return {
        "state": session.state.value,
        "title": text_hash(session.title),
        "steps": text_hash(json.dumps(steps)),
        "n_steps": len(steps),
        "starts_at": session.starts_at.isoformat(),
    }

"""Which gatherings take part in a joint session, and single people online."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import affected
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.details import MAX_TITLE_CHARS, Details
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import lock_gathering
from forum.deliberation.gatherings.services import announce_gathering, open_gathering
from forum.deliberation.joint.locking import lock_seen, lock_session, require_seen
from forum.deliberation.joint.mails import notify_room_added, notify_room_removed
from forum.deliberation.joint.models import JointGrant, JointRoom, JointSession, JointState
from forum.deliberation.joint.permissions import HOST_ONLY, can_add_room, can_open_online_room
from forum.deliberation.joint.plan import Plan, ends_at
from forum.deliberation.joint.queries import JOINING_STATES, OPEN_STATES
from forum.deliberation.rooms.locking import require_running
from forum.deliberation.rooms.models import EntryWay, GatheringEntry
from forum.deliberation.rooms.permissions import can_enter, why_not_enter
from forum.deliberation.rooms.queries import entry_of
from forum.deliberation.rooms.table import add_entry
from forum.system.audit.services import record

MAX_ROOMS = 200


def add_room(session: JointSession, gathering: Gathering | None, actor: Actor, seen: int) -> JointRoom:
    """Let a gathering take part, also while the session runs. The caller commits.

    A gathering whose former session was cancelled may take part in another one.

    :param gathering: None where the page named none
    :param seen: revision of the session that the page showed
    :raise Forbidden: neither the session's host nor who manages the gathering
    :raise InvalidInput: of another campaign, hidden, a draft, or ended
    :raise WrongState: the session has ended or has changed, or the gathering takes part in one
    """
    if gathering is None or gathering.campaign_id != session.campaign_id:
        raise InvalidInput({"gathering": _("이 포럼의 모임을 골라 주세요.")})
    require(can_add_room(actor, session, gathering), str(HOST_ONLY))
    lock_session(session)
    lock_gathering(gathering)
    require(can_add_room(actor, session, gathering), str(HOST_ONLY))
    require_seen(session, seen)
    _require_open(session)
    if gathering.state not in JOINING_STATES or gathering.is_hidden:
        raise InvalidInput({"gathering": _("알린 모임만 함께할 수 있어요. 준비 중이거나 끝난 모임은 고를 수 없어요.")})
    _leave_cancelled_session(gathering)
    if _n_rooms(session.id) >= MAX_ROOMS:
        raise WrongState(_("모임방은 %(n)s개까지 함께할 수 있어요.", n=MAX_ROOMS))
    room = _add(session, gathering, actor)
    if gathering.organiser_id != actor.id:
        notify_room_added(session, gathering)
    return room


def remove_room(session: JointSession, gathering: Gathering, actor: Actor, seen: int) -> None:
    """Take a gathering out, before the start or while the session runs. It goes on by itself. The caller commits.

    Codes for it end by that.

    :param seen: revision of the session that the page showed
    :raise Forbidden: neither the session's host nor who manages the gathering
    :raise NotFound: it takes no part in this session
    :raise WrongState: the session has ended, or has changed
    """
    require(can_add_room(actor, session, gathering), str(HOST_ONLY))
    lock_session(session)
    require(can_add_room(actor, session, gathering), str(HOST_ONLY))
    room = db.session.get(JointRoom, gathering.id, populate_existing=True)
    if room is None or room.session_id != session.id:
        raise NotFound(_("이 연결 모임에 그런 모임방이 없어요."))
    require_seen(session, seen)
    _require_open(session)
    _delete(room)
    session.revision += 1
    record(actor, "joint.remove_room", session, after={"gathering": gathering.id})
    db.session.flush()
    if gathering.organiser_id != actor.id:
        notify_room_removed(session, gathering)


def open_online_room(session: JointSession, actor: Actor, online_url: str, seats: int | None, seen: int) -> JointRoom:
    """Open the room for single people online: a gathering of the host's, announced at once. The caller commits.

    :param online_url: where they see and hear each other; may be empty
    :param seen: revision of the session that the page showed
    :raise Forbidden: not the host
    :raise InvalidInput: what a gathering's details refuse
    :raise WrongState: there is one, the session has ended, or has changed
    """
    require(can_open_online_room(actor, session), str(HOST_ONLY))
    lock_seen(session, actor, seen)
    require(can_open_online_room(actor, session), str(HOST_ONLY))
    _require_open(session)
    if db.session.scalar(sa.select(JointRoom.gathering_id).where(_is_online(session.id))) is not None:
        raise WrongState(_("온라인 방은 벌써 있어요."))
    plan = Plan.of(session)
    details = Details(
        title=_("온라인 방: %(title)s", title=session.title)[:MAX_TITLE_CHARS],
        summary=_("모임에 올 수 없는 사람이 계정으로 들어와 같은 차례를 따라가는 방이에요."),
        place_name=_("온라인"),
        online_url=online_url,
        agenda="\n".join(f"{step.title} {step.minutes}′" for step in session.steps),
        starts_at=session.starts_at,
        ends_at=ends_at(plan),
        seats=seats,
    )
    gathering = open_gathering(session.campaign, actor, details)
    announce_gathering(gathering, actor, gathering.revision)
    return _add(session, gathering, actor, is_online=True)


def join_online(session: JointSession, actor: Actor) -> Gathering:
    """Let an account into the online room, checked in by that; once, however often it joins. The caller commits.

    :return: the gathering whose room it is
    :raise Forbidden: a role that does not take part, an unconfirmed address, or a child without consent
    :raise NotFound: the session has no online room
    :raise WrongState: it is not open, or all seats are taken
    """
    require(can_enter(actor), why_not_enter(actor))
    assert actor.participant_id is not None
    query = sa.select(Gathering).join(JointRoom, JointRoom.gathering_id == Gathering.id)
    gathering = db.session.scalar(query.where(_is_online(session.id)))
    if gathering is None:
        raise NotFound(_("이 연결 모임에는 온라인 방이 없어요."))
    lock_gathering(gathering)
    require_running(gathering)
    found = entry_of(gathering.id, actor.participant_id)
    admitted = {"admitted_at": clock.now(), "admitted_by_id": session.host_id}
    if found is None:
        add_entry(gathering, EntryWay.ACCOUNT, actor.participant_id, **admitted)
    elif found.admitted_at is None:
        _admit(found, session.host_id)
    return gathering


def say_alive(gathering_id: int) -> bool:
    """Note that the screen of a room's facilitator is there. The caller commits.

    It stands in no audit, since it happens every half minute.

    :return: whether the gathering takes part in a session
    """
    room = sa.update(JointRoom).where(JointRoom.gathering_id == gathering_id).values(seen_at=clock.now())
    return bool(affected(db.session.execute(room.execution_options(synchronize_session=False))))


def _add(session: JointSession, gathering: Gathering, actor: Actor, is_online: bool = False) -> JointRoom:
    if db.session.get(JointRoom, gathering.id, populate_existing=True) is not None:
        raise WrongState(_("벌써 연결 모임에 함께하는 모임이에요."))
    room = JointRoom(
        gathering_id=gathering.id, session_id=session.id, campaign_id=session.campaign_id, is_online=is_online
    )
    db.session.add(room)
    session.revision += 1
    db.session.flush()
    record(actor, "joint.add_room", session, after={"gathering": gathering.id, "is_online": is_online})
    return room


def _leave_cancelled_session(gathering: Gathering) -> None:
    room = db.session.get(JointRoom, gathering.id, populate_existing=True)
    if room is not None and room.session.state is JointState.CANCELLED:
        _delete(room)


def _delete(room: JointRoom) -> None:
    grants = sa.delete(JointGrant).where(JointGrant.gathering_id == room.gathering_id)
    db.session.execute(grants.execution_options(synchronize_session=False))
    db.session.delete(room)
    db.session.flush()


def _admit(entry: GatheringEntry, host_id: int) -> None:
    entry.admitted_at, entry.admitted_by_id = clock.now(), host_id
    db.session.flush()


def _require_open(session: JointSession) -> None:
    if session.state not in OPEN_STATES:
        raise WrongState(_("‘%(state)s’ 상태라서 모임방을 바꿀 수 없어요.", state=session.state.label))


def _n_rooms(session_id: int) -> int:
    query = sa.select(sa.func.count()).select_from(JointRoom).where(JointRoom.session_id == session_id)
    return db.session.scalar(query) or 0


def _is_online(session_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(JointRoom.session_id == session_id, JointRoom.is_online)

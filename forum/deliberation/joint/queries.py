from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import PUBLIC_STATES, Gathering, GatheringState
from forum.deliberation.joint.models import JointRoom, JointSession, JointState
from forum.voice.campaigns.models import Campaign

OPEN_STATES = frozenset({JointState.PLANNED, JointState.RUNNING})
JOINING_STATES = frozenset({GatheringState.PLANNED, GatheringState.RUNNING})
"""States in which a gathering takes part in a session, or begins to."""
MAX_CANDIDATES = 300


def get_session(session_id: int) -> JointSession:
    """Return a session with its campaign, host and steps.

    :raise NotFound: no such session
    """
    query = sa.select(JointSession).where(JointSession.id == session_id)
    query = query.options(
        joinedload(JointSession.campaign).selectinload(Campaign.phases),
        joinedload(JointSession.host),
        selectinload(JointSession.steps),
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(_("그런 연결 모임이 없어요."))
    return found


def rooms_in(session_id: int) -> Sequence[JointRoom]:
    """Return the rooms of a session with their gatherings, the online room first, with one query."""
    query = (
        sa.select(JointRoom)
        .join(JointRoom.gathering)
        .where(JointRoom.session_id == session_id)
        .options(contains_eager(JointRoom.gathering))
        .order_by(JointRoom.is_online.desc(), JointRoom.gathering_id)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def room_of_gathering(gathering_id: int) -> JointRoom | None:
    """Return the part that a gathering takes in a session, with the session; None for one by itself."""
    query = sa.select(JointRoom).where(JointRoom.gathering_id == gathering_id).options(joinedload(JointRoom.session))
    return db.session.scalar(query)


@dataclass(frozen=True)
class ListedSession:
    session: JointSession
    n_rooms: int


@dataclass(frozen=True)
class SessionPage:
    """One page of a campaign's joint sessions. `page` counts from 1, and `n_pages` is at least 1."""

    coming: Sequence[ListedSession]
    past: Sequence[ListedSession]
    page: int
    n_pages: int


def session_page(campaign: Campaign, page: int, size: int) -> SessionPage:
    """Return a page of sessions: those to come first, the next one on top; then the others, the latest on top."""
    of_campaign = JointSession.campaign_id == campaign.id
    n_all = db.session.scalar(sa.select(sa.func.count()).select_from(JointSession).where(of_campaign)) or 0
    n_pages = max(-(-n_all // size), 1)
    page = min(max(page, 1), n_pages)
    is_past = sa.case((JointSession.state.in_(OPEN_STATES), 0), else_=1)
    next_first = sa.case((JointSession.state.in_(OPEN_STATES), JointSession.starts_at), else_=None)
    n_rooms = (
        sa.select(sa.func.count())
        .select_from(JointRoom)
        .where(JointRoom.session_id == JointSession.id)
        .correlate(JointSession)
        .scalar_subquery()
    )
    query = (
        sa.select(JointSession, n_rooms)
        .where(of_campaign)
        .order_by(is_past, next_first, JointSession.starts_at.desc(), JointSession.id)
        .offset((page - 1) * size)
        .limit(size)
    )
    rows = [ListedSession(session, n) for session, n in db.session.execute(query)]
    coming = [row for row in rows if row.session.state in OPEN_STATES]
    return SessionPage(coming, [row for row in rows if row.session.state not in OPEN_STATES], page, n_pages)


def candidates(session: JointSession, actor: Actor, sees_all: bool) -> Sequence[Gathering]:
    """Return the gatherings that the actor may add: announced ones of the campaign that are in no other session.

    :param sees_all: the host's; else the actor's own alone
    """
    taken = (
        sa.select(JointRoom.gathering_id)
        .join(JointSession, JointSession.id == JointRoom.session_id)
        .where(JointSession.state != JointState.CANCELLED)
    )
    query = sa.select(Gathering).where(
        Gathering.campaign_id == session.campaign_id,
        Gathering.state.in_(JOINING_STATES),
        ~Gathering.is_hidden,
        Gathering.id.not_in(taken),
    )
    if not sees_all:
        query = query.where(Gathering.organiser_id == actor.id)
    return db.session.scalars(query.order_by(Gathering.starts_at, Gathering.id).limit(MAX_CANDIDATES)).all()


def public_rooms(rooms: Sequence[JointRoom]) -> list[JointRoom]:
    """Return the rooms that everybody finds."""
    return [room for room in rooms if room.gathering.state in PUBLIC_STATES and not room.gathering.is_hidden]

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import CouncilGroup, CouncilTerm, GroupKind, GroupSeat, Seat, TeamMember
from forum.deliberation.council.permissions import MAY_JOIN_TEAM, MAY_SIT
from forum.people.accounts.models import CouncilSeat


def get_term(number: int) -> CouncilTerm:
    """:raise NotFound:"""
    found = db.session.scalar(sa.select(CouncilTerm).where(CouncilTerm.number == number))
    if found is None:
        raise NotFound(_("그런 협의회 기수가 없어요."))
    return found


def present_term() -> CouncilTerm | None:
    """Return the term of today, or else the newest; None before the first."""
    today = clock.today()
    is_present = sa.and_(CouncilTerm.starts_on <= today, CouncilTerm.ends_on >= today)
    query = sa.select(CouncilTerm).order_by(is_present.desc(), CouncilTerm.number.desc()).limit(1)
    return db.session.scalar(query)


def seat_of(actor: Actor, term_id: int) -> Seat | None:
    """Return the seat in office that the actor holds in this term; None without one.

    Who was made an analyst or an admin since then runs the council, and votes and scores no more.
    """
    if actor.id is None or actor.role not in MAY_SIT:
        return None
    own = sa.and_(Seat.term_id == term_id, Seat.account_id == actor.id, Seat.ended_at.is_(None))
    return db.session.scalar(sa.select(Seat).where(own))


def seat_as_substitute(actor: Actor, term_id: int) -> Seat | None:
    """Return the seat in office in whose place the actor may attend and sign; None without one."""
    if actor.id is None or actor.role not in MAY_SIT:
        return None
    own = sa.and_(Seat.term_id == term_id, Seat.substitute_id == actor.id, Seat.ended_at.is_(None))
    return db.session.scalar(sa.select(Seat).where(own))


def seats_in_office(term_id: int) -> Sequence[Seat]:
    """Return the seats of a term that are filled now: chairs first, then civil and government members by name."""
    query = (
        sa.select(Seat)
        .where(Seat.term_id == term_id, Seat.ended_at.is_(None))
        .order_by(Seat.is_chair.desc(), Seat.kind, Seat.name, Seat.id)
    )
    return db.session.scalars(query).all()


def chair_of(term_id: int, kind: CouncilSeat) -> Seat | None:
    """Return the joint chair of this kind who is in office; None while there is none."""
    is_it = sa.and_(Seat.term_id == term_id, Seat.kind == kind, Seat.is_chair, Seat.ended_at.is_(None))
    return db.session.scalar(sa.select(Seat).where(is_it))


def chair_signing(actor: Actor, term_id: int) -> Seat | None:
    """Return the chair's seat in whose name the actor may sign: their own, or that of the chair they stand in for."""
    held = seat_of(actor, term_id)
    if held is not None and held.is_chair:
        return held
    stood_in = seat_as_substitute(actor, term_id)
    return stood_in if stood_in is not None and stood_in.is_chair else None


def groups_of(term_id: int, *kinds: GroupKind) -> Sequence[CouncilGroup]:
    """Return the groups of a term, of these kinds or of all, by name."""
    query = sa.select(CouncilGroup).where(CouncilGroup.term_id == term_id)
    if kinds:
        query = query.where(CouncilGroup.kind.in_(kinds))
    return db.session.scalars(query.order_by(CouncilGroup.kind, CouncilGroup.name, CouncilGroup.id)).all()


def group_seats(group_id: int) -> Sequence[Seat]:
    """Return the seats in office of a sub-committee or of the delegates, by name."""
    query = (
        sa.select(Seat)
        .join(GroupSeat, GroupSeat.seat_id == Seat.id)
        .where(GroupSeat.group_id == group_id, Seat.ended_at.is_(None))
        .order_by(Seat.name, Seat.id)
    )
    return db.session.scalars(query).all()


def team_members(term_id: int) -> Sequence[TeamMember]:
    """Return the citizens who are in the teams of a term now, in the order in which they joined."""
    query = (
        sa.select(TeamMember)
        .join(CouncilGroup, CouncilGroup.id == TeamMember.group_id)
        .options(joinedload(TeamMember.account))
        .where(CouncilGroup.term_id == term_id, TeamMember.left_at.is_(None))
        .order_by(TeamMember.joined_at, TeamMember.id)
    )
    return db.session.scalars(query).all()


def membership_of(actor: Actor, term_id: int) -> TeamMember | None:
    """Return the actor's membership in a team of this term; None without one, and for who serves a ministry by now."""
    if actor.id is None or actor.role not in MAY_JOIN_TEAM:
        return None
    query = (
        sa.select(TeamMember)
        .join(CouncilGroup, CouncilGroup.id == TeamMember.group_id)
        .where(CouncilGroup.term_id == term_id, TeamMember.account_id == actor.id, TeamMember.left_at.is_(None))
        .order_by(TeamMember.id)
        .limit(1)
    )
    return db.session.scalar(query)


def delegates_of(term_id: int) -> CouncilGroup | None:
    """Return the delegates' group; None while there is none."""
    groups = groups_of(term_id, GroupKind.DELEGATES)
    return groups[0] if groups else None


def all_terms() -> Sequence[CouncilTerm]:
    """Return the terms, the newest first."""
    return db.session.scalars(sa.select(CouncilTerm).order_by(CouncilTerm.number.desc())).all()


def get_seat(seat_id: int) -> Seat:
    """:raise NotFound:"""
    found = db.session.get(Seat, seat_id)
    if found is None:
        raise NotFound(_("그런 위원 자리가 없어요."))
    return found


def get_group(group_id: int) -> CouncilGroup:
    """:raise NotFound:"""
    found = db.session.get(CouncilGroup, group_id)
    if found is None:
        raise NotFound(_("그런 분과나 팀이 없어요."))
    return found


def get_membership(member_id: int) -> TeamMember:
    """:raise NotFound:"""
    found = db.session.get(TeamMember, member_id)
    if found is None:
        raise NotFound(_("그런 팀원이 없어요."))
    return found


def members_of_team(group_id: int) -> Sequence[TeamMember]:
    """Return the citizens who are in one team now, in the order in which they joined."""
    query = (
        sa.select(TeamMember)
        .options(joinedload(TeamMember.account))
        .where(TeamMember.group_id == group_id, TeamMember.left_at.is_(None))
        .order_by(TeamMember.joined_at, TeamMember.id)
    )
    return db.session.scalars(query).all()

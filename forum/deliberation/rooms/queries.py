from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.gatherings.models import PUBLIC_STATES, Gathering
from forum.deliberation.rooms.codes import typed_join_code
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, GatheringTablet, IdeaRoom, RoomIdeaWay
from forum.people.accounts.models import Account, Participant


@dataclass(frozen=True)
class RoomOfIdea:
    """The gathering in which an idea was born, as the idea's page, letter and digest name it."""

    idea_id: int
    gathering_id: int
    title: str
    host_name: str
    region_code: str | None
    began_at: datetime
    number: int
    way: RoomIdeaWay


def rooms_of(idea_ids: Iterable[int] | sa.Select[int]) -> dict[int, RoomOfIdea]:
    """Return the rooms in which these ideas were born, by idea id, with one query. Hidden gatherings are left out.

    :param idea_ids: ids, or where there may be thousands, the query that finds them
    """
    wanted = idea_ids if isinstance(idea_ids, sa.Select) else list(idea_ids)
    if wanted == []:
        return {}
    query = (
        sa.select(
            IdeaRoom.idea_id,
            Gathering.id,
            Gathering.title,
            Gathering.host_name,
            Gathering.region_code,
            sa.func.coalesce(Gathering.started_at, Gathering.starts_at),
            IdeaRoom.number,
            IdeaRoom.way,
        )
        .join(Gathering, Gathering.id == IdeaRoom.gathering_id)
        .where(
            IdeaRoom.idea_id.in_(wanted),
            IdeaRoom.way != RoomIdeaWay.BROUGHT,
            Gathering.state.in_(PUBLIC_STATES),
            ~Gathering.is_hidden,
        )
    )
    return {row[0]: RoomOfIdea(*row) for row in db.session.execute(query)}


def gathering_of_code(text: str) -> Gathering | None:
    """Return the gathering whose join code somebody typed; None for a wrong code, and once the room is closed."""
    code = typed_join_code(text)
    query = sa.select(Gathering).where(Gathering.join_code == code, ~Gathering.is_hidden)
    return db.session.scalar(query) if code else None


def entry_of(gathering_id: int, participant_id: int | None) -> GatheringEntry | None:
    """Return a person's entry in a room, as it is now; None for who is not in it, and for writers of paper slips."""
    if participant_id is None:
        return None
    query = sa.select(GatheringEntry).where(
        GatheringEntry.gathering_id == gathering_id,
        GatheringEntry.participant_id == participant_id,
        GatheringEntry.way != EntryWay.PAPER,
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def room_of_guest(participant_id: int) -> int | None:
    """Return the gathering in whose room a guest is."""
    query = sa.select(GatheringEntry.gathering_id).where(
        GatheringEntry.participant_id == participant_id, GatheringEntry.way != EntryWay.PAPER
    )
    return db.session.scalar(query.order_by(GatheringEntry.gathering_id).limit(1))


@dataclass(frozen=True)
class Person:
    """Somebody in a room as its facilitators see them.

    name : the display name of an account; empty for guests, of whom nobody knows it
    """

    entry_id: int
    number: int
    way: EntryWay
    name: str
    joined_at: datetime
    admitted_at: datetime | None


def people_in(gathering_id: int) -> list[Person]:
    """Return who joined a room by account, phone or tablet, by number, with one query."""
    query = (
        sa.select(
            GatheringEntry.id,
            GatheringEntry.number,
            GatheringEntry.way,
            sa.func.coalesce(Account.display_name, ""),
            GatheringEntry.joined_at,
            GatheringEntry.admitted_at,
        )
        .outerjoin(Participant, Participant.id == GatheringEntry.participant_id)
        .outerjoin(Account, Account.id == Participant.account_id)
        .where(GatheringEntry.gathering_id == gathering_id, GatheringEntry.way != EntryWay.PAPER)
        .order_by(GatheringEntry.number)
    )
    return [Person(*row) for row in db.session.execute(query)]


@dataclass(frozen=True)
class TabletInRoom:
    """A tablet of a room, and how many people have taken part on it."""

    id: int
    opened_at: datetime
    closed_at: datetime | None
    n_people: int


def tablets_of(gathering_id: int) -> list[TabletInRoom]:
    """Return the tablets of a room, oldest first, with one query."""
    n_people = (
        sa.select(sa.func.count()).where(GatheringEntry.tablet_id == GatheringTablet.id).correlate(GatheringTablet)
    )
    query = sa.select(
        GatheringTablet.id, GatheringTablet.opened_at, GatheringTablet.closed_at, n_people.scalar_subquery()
    )
    rows = db.session.execute(query.where(GatheringTablet.gathering_id == gathering_id).order_by(GatheringTablet.id))
    return [TabletInRoom(*row) for row in rows]

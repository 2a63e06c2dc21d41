"""The table of a room: its people and its ideas, each with a number of its own.

Callers have asked for the permission and have locked the gathering, so that numbers are given in turn; they commit.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.states import take_number
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom, RoomIdeaWay
from forum.voice.ideas.models import Idea


def add_entry(gathering: Gathering, way: EntryWay, participant_id: int, **values: Any) -> GatheringEntry:
    """Add a person to the room, flushed.

    :param values: `pass_id` and `tablet_id`, and `admitted_at` and `admitted_by_id` of somebody who is checked in
    :raise WrongState: the room has as many people as seats. Slips are no people: paper is not counted here.
    """
    if way is not EntryWay.PAPER and count_people(gathering.id) >= gathering.seats:
        raise WrongState(_("자리 %(n)s개가 모두 찼어요. 진행자에게 말해 주세요.", n=gathering.seats))
    entry = GatheringEntry(
        gathering_id=gathering.id,
        number=_last_number(GatheringEntry, gathering.id) + 1,
        way=way,
        participant_id=participant_id,
        **values,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def admit_entry(entry: GatheringEntry, by_id: int) -> None:
    """Check in somebody who joined by an account, flushed. Guests are checked in with their pass (`checkin`)."""
    entry.admitted_at, entry.admitted_by_id = clock.now(), by_id
    db.session.flush()


def put_on_table(
    gathering: Gathering,
    idea: Idea,
    way: RoomIdeaWay,
    entry: GatheringEntry | None = None,
    slip_number: int | None = None,
) -> IdeaRoom:
    """Put an idea on the room's table under the next number, flushed."""
    placed = IdeaRoom(
        gathering_id=gathering.id,
        idea_id=idea.id,
        campaign_id=gathering.campaign_id,
        number=take_number(gathering, _last_number(IdeaRoom, gathering.id)),
        way=way,
        entry_id=entry.id if entry else None,
        slip_number=slip_number,
    )
    db.session.add(placed)
    db.session.flush()
    return placed


def count_people(gathering_id: int) -> int:
    """Return how many people joined the room by account, phone or tablet, checked in or not."""
    query = sa.select(sa.func.count()).where(
        GatheringEntry.gathering_id == gathering_id, GatheringEntry.way != EntryWay.PAPER
    )
    return db.session.scalar(query) or 0


def _last_number(model: type[GatheringEntry] | type[IdeaRoom], gathering_id: int) -> int:
    return db.session.scalar(sa.select(sa.func.max(model.number)).where(model.gathering_id == gathering_id)) or 0

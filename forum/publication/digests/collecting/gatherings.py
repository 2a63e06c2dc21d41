"""Rooms, paper and gatherings of a digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from forum.core.clock import SEOUL
from forum.core.extensions import db
from forum.core.links import link_to
from forum.deliberation.gatherings.models import PUBLIC_STATES, Gathering
from forum.deliberation.joint.side_words import both_words, comparison_words
from forum.deliberation.joint.sides import sides_of
from forum.deliberation.rooms.queries import rooms_of
from forum.deliberation.sheets.queries import paper_totals
from forum.publication.digests.collecting.ideas import is_within
from forum.publication.digests.content import (
    GatheringLine,
    Gatherings,
    IdeaLine,
    PaperVotes,
    Period,
    RoomMark,
    SideLine,
    SidesOfRooms,
    present_cells,
)


def room_marks(ids: sa.Select[int]) -> Mapping[int, RoomMark]:
    """Return the rooms of the ideas that were born in one, by idea id. One statement."""
    found = rooms_of(ids)
    urls = {key: _url(key) for key in {room.gathering_id for room in found.values()}}
    return {
        key: RoomMark(room.gathering_id, room.title, room.number, str(room.way.label), urls[room.gathering_id])
        for key, room in found.items()
    }


def paper_votes(ids: sa.Select[int]) -> Mapping[int, PaperVotes]:
    """Return what vote sheets say of the ideas that stood on one, by idea id. One statement."""
    return {key: PaperVotes(one.agree, one.disagree, one.pass_) for key, one in paper_totals(ids).items()}


def gatherings_of(campaign_id: int, in_run: Sequence[IdeaLine], period: Period, *, has_all: bool) -> Gatherings:
    """Return the gatherings that a digest speaks of, the latest first. One statement.

    :param has_all: also those that brought none of its ideas; they are listed if they ended in the period
    """
    ideas = Counter(line.room.gathering_id for line in in_run if line.room)
    held = [found for found in _begun(campaign_id) if has_all or found.id in ideas]
    listed = [found for found in held if found.id in ideas or _ended_in(found, period)]
    ended = [found for found in listed if _ended_in(found, period)]
    cells = present_cells(_present(listed)).of_rooms
    told = present_cells(_present(ended))
    return Gatherings(
        lines=tuple(_line(found, ideas[found.id], cells.get(found.id), period) for found in listed),
        ended_ever=sum(found.finished_at is not None for found in held),
        ended=len(ended),
        present=told.together,
        is_rounded=told.is_rounded,
    )


def sides_of_rooms(ids: sa.Select[int], listed: Collection[int]) -> SidesOfRooms:
    """Return the votes in rooms and online on the ideas that a digest lists. Two statements, one without any room."""
    found = sides_of(ids)
    lines = tuple(
        SideLine(one.idea_id, one.in_rooms, one.online, one.is_different, both_words(one), comparison_words(one))
        for one in found.ideas
        if one.idea_id in listed
    )
    return SidesOfRooms(lines, found.n_left_out)


def _begun(campaign_id: int) -> Sequence[Gathering]:
    query = sa.select(Gathering).where(
        Gathering.campaign_id == campaign_id,
        Gathering.state.in_(PUBLIC_STATES),
        Gathering.started_at.is_not(None),
        ~Gathering.is_hidden,
    )
    return db.session.scalars(query.order_by(Gathering.started_at.desc(), Gathering.id.desc())).all()


def _line(found: Gathering, n_ideas: int, present: int | None, period: Period) -> GatheringLine:
    assert found.started_at is not None
    return GatheringLine(
        id=found.id,
        title=found.title,
        began_on=found.started_at.astimezone(SEOUL).date(),
        ideas=n_ideas,
        present=present,
        is_in_period=_ended_in(found, period),
        url=_url(found.id),
    )


def _ended_in(found: Gathering, period: Period) -> bool:
    return found.finished_at is not None and is_within(found.finished_at.astimezone(SEOUL).date(), period)


def _present(gatherings: Sequence[Gathering]) -> Mapping[int, int]:
    return {found.id: found.n_present for found in gatherings if found.n_present is not None}


def _url(gathering_id: int) -> str:
    return link_to("gatherings.show", gathering_id=gathering_id)

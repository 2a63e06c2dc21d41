"""The votes of a room when it ended: frozen from the vote events, recounted, and set beside those of the forum."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.rooms.models import GatheringEntry, IdeaRoom, RoomTally
from forum.voice.ideas.models import IdeaTally
from forum.voice.votes.models import AGREE, DISAGREE, PASS, Vote, VoteEvent, VoteExclusion

Counts = tuple[int, int, int]
"""Agree, disagree, pass."""


@dataclass(frozen=True)
class WithAndWithout:
    """The forum's votes on an idea now, and without those of a room when it ended.

    What its people changed afterwards is not followed, so no number falls below 0.
    """

    idea_id: int
    with_room: Counts
    without_room: Counts


def freeze_tallies(gathering: Gathering) -> dict[int, Counts]:
    """Store the room's votes on each idea of its table, as they were at `last_event_id`. The caller commits.

    :param gathering: locked, finished in this transaction, and nobody in its room votes meanwhile
    """
    counts = count_final(gathering)
    on_table = sa.select(IdeaRoom.idea_id).where(IdeaRoom.gathering_id == gathering.id).order_by(IdeaRoom.idea_id)
    for idea_id in db.session.scalars(on_table).all():
        agree, disagree, passed = counts.get(idea_id, (0, 0, 0))
        db.session.add(
            RoomTally(gathering_id=gathering.id, idea_id=idea_id, agree=agree, disagree=disagree, pass_=passed)
        )
    db.session.flush()
    return counts


def count_final(gathering: Gathering, participant_id: int | None = None) -> dict[int, Counts]:
    """Count a finished room's votes from their events: each checked-in person's last one until `last_event_id`.

    People whose votes did not count in the campaign when it ended are left out.

    :param participant_id: only this person's
    :return: by idea id; ideas without a vote are left out
    """
    last = _last_events(gathering)
    if participant_id is not None:
        last = last.where(VoteEvent.participant_id == participant_id)
    newest = last.subquery()
    sums = [sa.func.sum(sa.case((VoteEvent.value == value, 1), else_=0)) for value in (AGREE, DISAGREE, PASS)]
    query = sa.select(VoteEvent.idea_id, *sums).join(newest, newest.c.id == VoteEvent.id)
    query = query.where(VoteEvent.value.is_not(None)).group_by(VoteEvent.idea_id)
    return {idea_id: (int(a), int(d), int(p)) for idea_id, a, d, p in db.session.execute(query)}


def count_voters(gathering: Gathering) -> int | None:
    """Return how many checked-in people voted on at least one idea of the table; None once the lists are deleted."""
    if gathering.lists_deleted_at is not None:
        return None
    if gathering.state is GatheringState.FINISHED:
        newest = _last_events(gathering).subquery()
        voters = sa.select(sa.func.count(sa.distinct(VoteEvent.participant_id))).join(
            newest, newest.c.id == VoteEvent.id
        )
        return db.session.scalar(voters.where(VoteEvent.value.is_not(None))) or 0
    query = (
        sa.select(sa.func.count(sa.distinct(Vote.participant_id)))
        .join(IdeaRoom, IdeaRoom.idea_id == Vote.idea_id)
        .join(GatheringEntry, _is_person_of_table(Vote.participant_id))
        .where(IdeaRoom.gathering_id == gathering.id, Vote.excluded_by_id.is_(None))
    )
    return db.session.scalar(query) or 0


def votes_without(gathering: Gathering) -> dict[int, WithAndWithout]:
    """Return the forum's votes on the ideas of a finished room's table, with and without the room, by idea id.

    One query. Vote sheets are no votes: they stand in neither.
    """
    query = (
        sa.select(IdeaTally, RoomTally)
        .join(RoomTally, RoomTally.idea_id == IdeaTally.idea_id)
        .where(RoomTally.gathering_id == gathering.id)
    )
    found = {}
    for forum, room in db.session.execute(query):
        with_room = (forum.agree, forum.disagree, forum.pass_)
        of_room = (room.agree, room.disagree, room.pass_)
        without = tuple(max(0, n - less) for n, less in zip(with_room, of_room, strict=True))
        found[forum.idea_id] = WithAndWithout(forum.idea_id, with_room, (without[0], without[1], without[2]))
    return found


def take_votes_out(gathering: Gathering, participant_id: int) -> None:
    """Subtract a person's votes from a finished room's tallies, while their events still exist. The caller commits."""
    for idea_id, (agree, disagree, passed) in sorted(count_final(gathering, participant_id).items()):
        statement = (
            sa.update(RoomTally)
            .where(RoomTally.gathering_id == gathering.id, RoomTally.idea_id == idea_id)
            .values(
                agree=RoomTally.agree - agree, disagree=RoomTally.disagree - disagree, pass_=RoomTally.pass_ - passed
            )
        )
        db.session.execute(statement.execution_options(synchronize_session=False))


def newest_event_id() -> int:
    return db.session.scalar(sa.select(sa.func.max(VoteEvent.id))) or 0


def _last_events(gathering: Gathering) -> sa.Select[int]:
    """Select the newest event of each checked-in person on each idea of the table, until the room ended."""
    was_out = sa.exists().where(
        VoteExclusion.participant_id == VoteEvent.participant_id,
        VoteExclusion.campaign_id == gathering.campaign_id,
        VoteExclusion.began_at <= gathering.finished_at,
        VoteExclusion.lifted_at.is_(None) | (VoteExclusion.lifted_at > gathering.finished_at),
    )
    return (
        sa.select(sa.func.max(VoteEvent.id).label("id"))
        .join(IdeaRoom, IdeaRoom.idea_id == VoteEvent.idea_id)
        .join(GatheringEntry, _is_person_of_table(VoteEvent.participant_id))
        .where(IdeaRoom.gathering_id == gathering.id, VoteEvent.id <= gathering.last_event_id, ~was_out)
        .group_by(VoteEvent.idea_id, VoteEvent.participant_id)
    )


def _is_person_of_table(participant_id: sa.orm.InstrumentedAttribute[int]) -> sa.ColumnElement[bool]:
    return sa.and_(
        GatheringEntry.gathering_id == IdeaRoom.gathering_id,
        GatheringEntry.participant_id == participant_id,
        GatheringEntry.admitted_at.is_not(None),
    )

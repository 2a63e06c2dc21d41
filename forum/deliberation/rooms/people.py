"""What becomes of a room's people: a guest who gets an account, somebody who leaves, lists that are deleted."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.database import affected
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom
from forum.deliberation.rooms.tallies import take_votes_out


def hold_room_of_pass(pass_id: int) -> None:
    """Keep the room of a pass as it is until the end of the transaction, before the pass itself is locked."""
    query = sa.select(Gathering.id).join(GatheringEntry, GatheringEntry.gathering_id == Gathering.id)
    query = query.where(GatheringEntry.pass_id == pass_id).with_for_update(read=True, of=Gathering)
    db.session.execute(query).all()


def hand_over_entries(from_participant: int, to_participant: int) -> None:
    """Let an account take a guest's place in rooms that are open. The caller holds both people's rows, and commits.

    Whoever is in the room by account too is there once: the account's own entry stays. In a room that has ended nothing
    changes, since its tallies were counted for the guest. Nor does an entry on paper: a slip is no person whom somebody
    checked in, and its account must not vote in the room by it.
    """
    for entry in _entries(from_participant, GatheringState.RUNNING):
        if entry.way is EntryWay.PAPER:
            continue
        query = _of(to_participant).where(GatheringEntry.gathering_id == entry.gathering_id)
        own = db.session.scalar(query.execution_options(populate_existing=True))
        if own is None:
            entry.participant_id = to_participant
        else:
            _become_one(entry, own)
        db.session.flush()


def forget_entrant(participant_id: int) -> None:
    """Take a person who leaves out of all rooms, before their votes are deleted. The caller locks them, and commits.

    Also a guest who takes everything back. Their votes leave the tallies of rooms that have ended; that somebody was
    there stays, without a name, unless they still waited for the check-in. Once a room's lists are deleted nobody knows
    whose the votes were, and they stay.
    """
    for entry in _entries(participant_id):
        gathering = entry.gathering
        db.session.refresh(gathering)
        if gathering.state is GatheringState.FINISHED and entry.admitted_at is not None:
            take_votes_out(gathering, participant_id)
        if gathering.state is not GatheringState.RUNNING or not _delete_unless_admitted(entry):
            entry.participant_id = None
            db.session.flush()


def delete_entry_lists(gathering: Gathering) -> int:
    """Forget who the people of a room were, on the day on which its lists are deleted. The caller commits.

    :return: how many entries had a person
    """
    known = sa.and_(GatheringEntry.gathering_id == gathering.id, GatheringEntry.participant_id.is_not(None))
    forgotten = sa.update(GatheringEntry).where(known).values(participant_id=None)
    return affected(db.session.execute(forgotten.execution_options(synchronize_session=False)))


def _entries(participant_id: int, state: GatheringState | None = None) -> list[GatheringEntry]:
    query = _of(participant_id).join(Gathering, Gathering.id == GatheringEntry.gathering_id)
    if state is not None:
        query = query.where(Gathering.state == state)
    query = query.order_by(GatheringEntry.gathering_id).execution_options(populate_existing=True)
    return list(db.session.scalars(query).all())


def _delete_unless_admitted(entry: GatheringEntry) -> bool:
    """Delete the entry unless it was checked in, also in this moment; return whether it is gone."""
    waits = sa.and_(GatheringEntry.id == entry.id, GatheringEntry.admitted_at.is_(None))
    is_gone = affected(
        db.session.execute(sa.delete(GatheringEntry).where(waits).execution_options(synchronize_session=False))
    )
    if is_gone:
        db.session.expunge(entry)
    return bool(is_gone)


def _of(participant_id: int) -> sa.Select[GatheringEntry]:
    return sa.select(GatheringEntry).where(GatheringEntry.participant_id == participant_id)


def _become_one(entry: GatheringEntry, own: GatheringEntry) -> None:
    written = sa.update(IdeaRoom).where(IdeaRoom.entry_id == entry.id).values(entry_id=own.id)
    db.session.execute(written.execution_options(synchronize_session=False))
    if own.admitted_at is None:
        own.admitted_at, own.admitted_by_id = entry.admitted_at, entry.admitted_by_id
    db.session.delete(entry)

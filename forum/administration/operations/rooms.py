"""Checks of rooms: passes, check-ins, votes and tallies of gatherings agree with each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, GatheringTablet, IdeaRoom, RoomTally
from forum.deliberation.rooms.tallies import count_final
from forum.people.accounts.models import Participant
from forum.people.passes.models import GuestPass
from forum.voice.votes.models import Vote, VoteEvent

_BECAME_AN_ACCOUNT = sa.and_(
    GuestPass.joined_at.is_not(None), ~sa.exists().where(GatheringEntry.pass_id == GuestPass.id)
)


def entries_and_passes() -> Finding:
    """Check that an entry by a pass was checked in when the pass was, names its person, and is of the pass's kind.

    A pass that was joined to an account stays as it was, while its entry may have gone over to that account.
    """
    query = (
        sa.select(GatheringEntry, GuestPass, Participant.id)
        .join(GuestPass, GuestPass.id == GatheringEntry.pass_id)
        .join(Participant, Participant.guest_pass_id == GuestPass.id)
        .order_by(GatheringEntry.id)
    )
    finding = Finding(_("모임방의 참여자와 참여권"), 0)
    for entry, guest_pass, participant_id in db.session.execute(query):
        finding.n_checked += 1
        if entry.way.name != guest_pass.kind.name:
            finding.differences.append(_("참여자 %(id)s번: 참여권의 종류와 다릅니다", id=entry.id))
        if guest_pass.joined_at is not None:
            continue
        if entry.admitted_at != guest_pass.admitted_at:
            finding.differences.append(_("참여자 %(id)s번: 출석을 확인한 때가 참여권과 다릅니다", id=entry.id))
        if entry.participant_id not in {participant_id, None}:
            finding.differences.append(_("참여자 %(id)s번: 참여권을 가진 사람과 다릅니다", id=entry.id))
    return finding


def people_and_seats() -> Finding:
    """Check that no room has more people than seats, and that at least those checked in were present at its end."""
    is_person = GatheringEntry.way != EntryWay.PAPER
    query = (
        sa.select(
            Gathering.id,
            Gathering.seats,
            Gathering.n_present,
            sa.func.count(GatheringEntry.id),
            sa.func.count(GatheringEntry.admitted_at),
        )
        .join(GatheringEntry, sa.and_(GatheringEntry.gathering_id == Gathering.id, is_person))
        .group_by(Gathering.id)
        .order_by(Gathering.id)
    )
    finding = Finding(_("모임방의 사람 수와 자리"), 0)
    for gathering_id, seats, n_present, n_joined, n_admitted in db.session.execute(query):
        finding.n_checked += 1
        if n_joined > seats:
            finding.differences.append(_("모임 %(id)s번: 자리보다 사람이 많습니다", id=gathering_id))
        if n_present is not None and n_admitted > n_present:
            finding.differences.append(_("모임 %(id)s번: 있던 사람보다 출석을 확인한 사람이 많습니다", id=gathering_id))
    return finding


def room_tallies() -> Finding:
    """Recount the votes of each finished room from the vote events, as long as its lists are there."""
    finding = Finding(_("모임방의 투표"), 0)
    query = sa.select(Gathering).where(Gathering.state == GatheringState.FINISHED, Gathering.lists_deleted_at.is_(None))
    for gathering in db.session.scalars(query.order_by(Gathering.id)).all():
        stored = sa.select(RoomTally.idea_id, RoomTally.agree, RoomTally.disagree, RoomTally.pass_)
        rows = db.session.execute(stored.where(RoomTally.gathering_id == gathering.id).order_by(RoomTally.idea_id))
        kept = {idea_id: tuple(counts) for idea_id, *counts in rows}
        finding.n_checked += len(kept)
        counted = count_final(gathering)
        for idea_id in sorted(kept.keys() | counted.keys()):
            if kept.get(idea_id, (0, 0, 0)) != counted.get(idea_id, (0, 0, 0)):
                line = _("모임 %(id)s번, 제안 %(idea)s번", id=gathering.id, idea=idea_id)
                finding.differences.append(f"{line}: {kept.get(idea_id)} / {counted.get(idea_id)}")
    return finding


def votes_of_guests() -> Finding:
    """Check that guests voted on their room's table alone, and only people who were checked in: votes and their events.

    A guest whose pass was joined to an account that was in the room too has no entry of their own any more.
    """
    was_in = sa.exists().where(
        GatheringEntry.pass_id == GuestPass.id,
        GatheringEntry.gathering_id == IdeaRoom.gathering_id,
        IdeaRoom.idea_id == VoteEvent.idea_id,
    )
    query = (
        sa.select(VoteEvent.id, GuestPass.admitted_at, was_in)
        .join(Participant, Participant.id == VoteEvent.participant_id)
        .join(GuestPass, GuestPass.id == Participant.guest_pass_id)
        .where(~_BECAME_AN_ACCOUNT)
        .order_by(VoteEvent.id)
    )
    finding = Finding(_("모임 손님의 투표"), 0)
    for event_id, admitted_at, was_on_table in db.session.execute(query):
        finding.n_checked += 1
        if admitted_at is None:
            finding.differences.append(_("투표 기록 %(id)s번: 출석을 확인하지 않은 손님이 했습니다", id=event_id))
        if not was_on_table:
            finding.differences.append(_("투표 기록 %(id)s번: 그 모임방에 없는 제안입니다", id=event_id))
    finding.differences.extend(_unrecorded())
    return finding


def tablets_and_rooms() -> Finding:
    """Check that somebody who took part on a tablet was in the room of that tablet."""
    query = (
        sa.select(GatheringEntry.id, GatheringEntry.gathering_id, GatheringTablet.gathering_id)
        .join(GatheringTablet, GatheringTablet.id == GatheringEntry.tablet_id)
        .order_by(GatheringEntry.id)
    )
    return _compared(
        _("함께 쓰는 태블릿과 모임방"),
        db.session.execute(query),
        lambda entry_id: _("참여자 %(id)s번: 다른 모임의 태블릿으로 참여했습니다", id=entry_id),
    )


ROOM_CHECKS = (entries_and_passes, people_and_seats, room_tallies, votes_of_guests, tablets_and_rooms)


def _compared(name: str, rows: Iterable[Any], words: Any) -> Finding:
    finding = Finding(name, 0)
    for key, one, other in rows:
        finding.n_checked += 1
        if one != other:
            finding.differences.append(words(key))
    return finding


def _unrecorded() -> Iterator[str]:
    """Name present votes of guests on ideas that stand on no table of theirs."""
    on_table = sa.exists().where(
        GatheringEntry.pass_id == Participant.guest_pass_id,
        GatheringEntry.gathering_id == IdeaRoom.gathering_id,
        IdeaRoom.idea_id == Vote.idea_id,
    )
    query = (
        sa.select(Vote.idea_id, Vote.participant_id)
        .join(Participant, Participant.id == Vote.participant_id)
        .join(GuestPass, GuestPass.id == Participant.guest_pass_id)
        .where(~on_table, ~_BECAME_AN_ACCOUNT)
        .order_by(Vote.idea_id, Vote.participant_id)
    )
    for idea_id, participant_id in db.session.execute(query):
        yield _("제안 %(idea)s번: 손님 %(who)s번이 모임방 밖에서 투표했습니다", idea=idea_id, who=participant_id)

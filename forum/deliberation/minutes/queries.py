from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.minutes.models import (
    PUBLISHED_STATES,
    GatheringMinutes,
    MinutesAnswer,
    MinutesQuote,
    MinutesState,
)
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom, RoomIdeaWay
from forum.people.accounts.models import Account, Participant
from forum.people.passes.models import GuestPass
from forum.voice.ideas.models import SHOWN_STATES, Idea


@dataclass(frozen=True)
class AnswerCounts:
    """How many people of the room answered in a round, and how many of them say that the minutes are right."""

    n_answered: int
    n_agree: int

    @property
    def outcome(self) -> MinutesState:
        """Return what the answers come to: a majority of those who answered confirms."""
        if self.n_answered == 0:
            return MinutesState.UNCONFIRMED
        return MinutesState.CONFIRMED if 2 * self.n_agree > self.n_answered else MinutesState.REFUSED


@dataclass(frozen=True)
class RoomIdea:
    """An idea that was written in the room and can be read now: what a quote may be taken from."""

    idea_id: int
    number: int
    title: str
    body: str
    author_id: int | None


def get_minutes(gathering_id: int) -> GatheringMinutes:
    """Return the minutes of a gathering, with it and its campaign.

    :raise NotFound: no such gathering, or no minutes yet
    """
    found = minutes_of(gathering_id)
    if found is None:
        raise NotFound(_("그런 회의록이 없어요."))
    return found


def minutes_of(gathering_id: int) -> GatheringMinutes | None:
    gathering = joinedload(GatheringMinutes.gathering).joinedload(Gathering.campaign)
    query = sa.select(GatheringMinutes).where(GatheringMinutes.gathering_id == gathering_id).options(gathering)
    return db.session.scalar(query)


def get_quote(minutes: GatheringMinutes, quote_id: int) -> MinutesQuote:
    """:raise NotFound: no such quote in these minutes"""
    found = db.session.get(MinutesQuote, quote_id)
    if found is None or found.minutes_id != minutes.id:
        raise NotFound(_("그런 인용이 없어요."))
    return found


def entry_in_room(actor: Actor, gathering_id: int) -> GatheringEntry | None:
    """Return the actor's entry in a room; None for somebody who was not there, and for visitors without a query.

    A guest whose pass was joined to an account later was there too: the entry stays the guest's. Who was there as both
    is there by account.
    """
    if actor.participant_id is None:
        return None
    is_own = GatheringEntry.participant_id == actor.participant_id
    if actor.id is not None:
        joined = sa.select(GuestPass.id).where(GuestPass.joined_to_id == actor.id)
        is_own = sa.or_(is_own, GatheringEntry.pass_id.in_(joined) & GatheringEntry.participant_id.is_not(None))
    query = sa.select(GatheringEntry).where(GatheringEntry.gathering_id == gathering_id, is_own)
    query = query.order_by(sa.case((GatheringEntry.participant_id == actor.participant_id, 0), else_=1))
    return db.session.scalar(query.order_by(GatheringEntry.id).limit(1).execution_options(populate_existing=True))


def n_asked(gathering: Gathering) -> int:
    """Return how many people of the room are asked: checked in, no slips of paper, not the organiser."""
    query = sa.select(sa.func.count()).select_from(GatheringEntry).where(_is_person(gathering))
    return db.session.scalar(query) or 0


def answer_counts(minutes: GatheringMinutes) -> AnswerCounts:
    """Return the counts of the present round. Hidden objections count as answers."""
    agreed = sa.func.count().filter(MinutesAnswer.agrees)
    query = sa.select(sa.func.count(), agreed).where(
        MinutesAnswer.minutes_id == minutes.id, MinutesAnswer.round == minutes.round
    )
    n_answered, n_agree = db.session.execute(query).one()
    return AnswerCounts(int(n_answered), int(n_agree))


def answer_of(minutes: GatheringMinutes, entry: GatheringEntry, participant_id: int | None) -> MinutesAnswer | None:
    """Return what this person answered in the present round, also as a guest whose pass is joined to the account."""
    query = sa.select(MinutesAnswer).where(
        MinutesAnswer.minutes_id == minutes.id,
        MinutesAnswer.round == minutes.round,
        sa.or_(MinutesAnswer.entry_id == entry.id, MinutesAnswer.author_id == participant_id),
    )
    return db.session.scalar(query.order_by(MinutesAnswer.id).limit(1))


def objections(minutes: GatheringMinutes) -> Sequence[MinutesAnswer]:
    """Return what people objected, of this round and of those before, without what moderation hid.

    By id within a round, and no entry beside it: nobody sees who objected.
    """
    query = sa.select(MinutesAnswer).where(
        MinutesAnswer.minutes_id == minutes.id, ~MinutesAnswer.agrees, ~MinutesAnswer.is_hidden
    )
    return db.session.scalars(query.order_by(MinutesAnswer.round.desc(), MinutesAnswer.id)).all()


def quotes_of(minutes: GatheringMinutes) -> Sequence[tuple[MinutesQuote, Idea, int]]:
    """Return the quotes with their ideas and the ideas' numbers, by number."""
    query = (
        sa.select(MinutesQuote, Idea, IdeaRoom.number)
        .join(Idea, Idea.id == MinutesQuote.idea_id)
        .join(IdeaRoom, sa.and_(IdeaRoom.idea_id == Idea.id, IdeaRoom.gathering_id == minutes.gathering_id))
        .where(MinutesQuote.minutes_id == minutes.id)
        .order_by(IdeaRoom.number)
    )
    return [(quote, idea, number) for quote, idea, number in db.session.execute(query)]


def ideas_to_quote(gathering_id: int) -> Mapping[int, RoomIdea]:
    """Return the ideas that were written in the room and can be read now, by number."""
    query = (
        sa.select(Idea.id, IdeaRoom.number, Idea.title, Idea.body, Idea.author_id)
        .join(IdeaRoom, IdeaRoom.idea_id == Idea.id)
        .where(
            IdeaRoom.gathering_id == gathering_id,
            IdeaRoom.way != RoomIdeaWay.BROUGHT,
            Idea.state.in_(SHOWN_STATES),
        )
        .order_by(IdeaRoom.number)
    )
    return {row[1]: RoomIdea(*row) for row in db.session.execute(query)}


def shown_titles(idea_ids: Iterable[int]) -> dict[int, str]:
    """Return the titles of those of the ideas that can be read now, with one query."""
    wanted = list(idea_ids)
    if not wanted:
        return {}
    query = sa.select(Idea.id, Idea.title).where(Idea.id.in_(wanted), Idea.state.in_(SHOWN_STATES))
    return dict(list(db.session.execute(query)))


def room_addresses(gathering: Gathering) -> dict[int, str]:
    """Return account id -> address of the people of the room who have an open account, without the organiser.

    Who joined the pass of a guest to an account later has one.
    """
    was_there = sa.select(Participant.account_id).join(GatheringEntry, GatheringEntry.participant_id == Participant.id)
    joined = sa.select(GuestPass.joined_to_id).join(GatheringEntry, GatheringEntry.pass_id == GuestPass.id)
    ids = sa.union(was_there.where(_is_person(gathering)), joined.where(_is_person(gathering)))
    query = (
        sa.select(Account.id, Account.email)
        .where(Account.id.in_(ids), Account.active, Account.id != gathering.organiser_id)
        .order_by(Account.id)
    )
    return dict(list(db.session.execute(query)))


def passes_to_extend(gathering_id: int, until: datetime) -> dict[datetime, list[int]]:
    """Return the passes of a room, slips too, that can be read now and would end before `until`: by `acts_until`."""
    query = (
        sa.select(GuestPass.acts_until, GuestPass.id)
        .join(GatheringEntry, GatheringEntry.pass_id == GuestPass.id)
        .where(
            GatheringEntry.gathering_id == gathering_id,
            GuestPass.code_hash.is_not(None),
            GuestPass.acts_until.is_not(None),
            GuestPass.expires_at > clock.now(),
            GuestPass.expires_at < until,
        )
        .order_by(GuestPass.id)
    )
    found: dict[datetime, list[int]] = {}
    for acts_until, pass_id in db.session.execute(query):
        assert acts_until is not None
        found.setdefault(acts_until, []).append(pass_id)
    return found


def asked_of_pass(participant_id: int) -> GatheringMinutes | None:
    """Return the minutes of the room in which a guest was, if the room is asked or they are out."""
    query = (
        sa.select(GatheringMinutes)
        .join(Gathering, Gathering.id == GatheringMinutes.gathering_id)
        .join(GatheringEntry, GatheringEntry.gathering_id == Gathering.id)
        .where(
            GatheringEntry.participant_id == participant_id,
            GatheringMinutes.state.in_({MinutesState.ASKED, *PUBLISHED_STATES}),
            ~GatheringMinutes.is_hidden,
            ~Gathering.is_hidden,
        )
    )
    return db.session.scalar(query.order_by(GatheringMinutes.id).limit(1))


def due_minutes_ids() -> Sequence[int]:
    """Return the gatherings whose room had its time to answer."""
    query = sa.select(GatheringMinutes.gathering_id).where(
        GatheringMinutes.state == MinutesState.ASKED, GatheringMinutes.closes_at <= clock.now()
    )
    return db.session.scalars(query.order_by(GatheringMinutes.closes_at, GatheringMinutes.id)).all()


def _is_person(gathering: Gathering) -> sa.ColumnElement[bool]:
    organiser = sa.select(Participant.id).where(Participant.account_id == gathering.organiser_id).scalar_subquery()
    return sa.and_(
        GatheringEntry.gathering_id == gathering.id,
        GatheringEntry.way != EntryWay.PAPER,
        GatheringEntry.admitted_at.is_not(None),
        GatheringEntry.participant_id.is_distinct_from(organiser),
    )

"""Reads of the wall: only what everybody may see, and nothing of who wrote or voted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.analysis.themes.models import DECIDED_STATES, Cluster, Theme, ThemeIdea, ThemeState
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import PUBLIC_STATES, Gathering, GatheringState
from forum.deliberation.joint.models import JointRoom, JointSession
from forum.deliberation.joint.nearest import Text
from forum.deliberation.joint.rooms_apart import RoomCount
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom, RoomIdeaWay, RoomTally
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.search import tokens_of
from forum.voice.votes.models import AGREE, DISAGREE, PASS, Vote

MEMBERS_READ = 100
"""Ideas of a theme from which its words are learnt: its first ones."""
OTHERS_READ = 2_000
"""Further ideas of the campaign, from which the rarity of words is counted: its newest ones."""
LABEL_CHARS = 14


@dataclass(frozen=True)
class WallRoom:
    """A room as a wall names it: who hosts it, or its title; never a person."""

    gathering_id: int
    label: str
    is_online: bool
    state: GatheringState


@dataclass(frozen=True)
class PlacedIdea:
    """An idea that was born in a room of the session."""

    idea_id: int
    revision: int
    gathering_id: int


def get_shown_session(session_id: int) -> JointSession:
    """Return a session with its steps and its campaign.

    :raise NotFound: no such session, or none of its rooms is public
    """
    query = (
        sa.select(JointSession)
        .where(JointSession.id == session_id, _public_rooms(session_id).exists())
        .options(selectinload(JointSession.steps), joinedload(JointSession.campaign))
    )
    session = db.session.scalar(query)
    if session is None:
        raise NotFound(_("그런 연결 모임이 없어요."))
    return session


def rooms_of_session(session_id: int) -> list[WallRoom]:
    """Return the public rooms that were not cancelled: those in person by their number, the one online last."""
    columns = (Gathering.id, Gathering.host_name, Gathering.title, JointRoom.is_online, Gathering.state)
    query = _public_rooms(session_id).with_only_columns(*columns).where(Gathering.state != GatheringState.CANCELLED)
    return [
        WallRoom(room_id, str(_("온라인 방")) if is_online else shortened(host or title, LABEL_CHARS), is_online, state)
        for room_id, host, title, is_online, state in db.session.execute(
            query.order_by(JointRoom.is_online, Gathering.id)
        )
    ]


def count_people(room_ids: Collection[int]) -> int:
    """Return how many people are checked in to these rooms."""
    query = sa.select(sa.func.count()).where(
        GatheringEntry.gathering_id.in_(room_ids),
        GatheringEntry.admitted_at.is_not(None),
        GatheringEntry.way != EntryWay.PAPER,
    )
    return db.session.scalar(query) or 0


def born_ideas(room_ids: Collection[int]) -> list[PlacedIdea]:
    """Return the open ideas that were written in these rooms, the newest first."""
    query = (
        sa.select(Idea.id, Idea.revision, IdeaRoom.gathering_id)
        .join(IdeaRoom, IdeaRoom.idea_id == Idea.id)
        .where(IdeaRoom.gathering_id.in_(room_ids), IdeaRoom.way != RoomIdeaWay.BROUGHT, Idea.state == IdeaState.OPEN)
        .order_by(IdeaRoom.added_at.desc(), Idea.id.desc())
    )
    return [PlacedIdea(*row) for row in db.session.execute(query)]


def titles_of(idea_ids: Collection[int]) -> dict[int, str]:
    """Return the titles of those ideas that are open."""
    if not idea_ids:
        return {}
    query = sa.select(Idea.id, Idea.title).where(Idea.id.in_(idea_ids), Idea.state == IdeaState.OPEN)
    return {row.id: row.title for row in db.session.execute(query)}


def texts_of(idea_ids: Collection[int]) -> dict[int, Text]:
    """Return title and tokens of ideas."""
    if not idea_ids:
        return {}
    query = sa.select(Idea.id, Idea.title, Idea.search_tokens).where(Idea.id.in_(idea_ids))
    return {idea_id: Text(title, tokens.split()) for idea_id, title, tokens in db.session.execute(query)}


@dataclass(frozen=True)
class ShownTheme:
    """A decided theme. Those that were not approved take ideas too, but are no column of a wall."""

    id: int
    version: int
    title: str
    is_approved: bool


def shown_themes(campaign_id: int) -> list[ShownTheme]:
    query = sa.select(Theme.id, Theme.version, Theme.title, Theme.state).where(
        Theme.campaign_id == campaign_id, Theme.state.in_(DECIDED_STATES)
    )
    return [
        ShownTheme(theme_id, version, title, state is ThemeState.APPROVED)
        for theme_id, version, title, state in db.session.execute(query.order_by(Theme.id))
    ]


def theme_texts(campaign_id: int, themes: Sequence[ShownTheme]) -> tuple[dict[int, list[Text]], list[Text]]:
    """Return the texts of these themes by id, and further ideas of the campaign."""
    ids = [theme.id for theme in themes]
    place = sa.func.row_number().over(partition_by=ThemeIdea.theme_id, order_by=ThemeIdea.idea_id).label("place")
    first = sa.select(ThemeIdea.theme_id, ThemeIdea.idea_id, place).where(ThemeIdea.theme_id.in_(ids)).subquery()
    members = (
        sa.select(first.c.theme_id, Idea.id, Idea.title, Idea.search_tokens)
        .join(Idea, Idea.id == first.c.idea_id)
        .where(first.c.place <= MEMBERS_READ, Idea.state != IdeaState.HIDDEN)
        .order_by(first.c.theme_id, Idea.id)
    )
    texts: dict[int, list[Text]] = {theme_id: [described] for theme_id, described in _descriptions(themes).items()}
    seen = set()
    for theme_id, idea_id, title, tokens in db.session.execute(members):
        texts[theme_id].append(Text(title, tokens.split()))
        seen.add(idea_id)
    newest = (
        sa.select(Idea.id, Idea.title, Idea.search_tokens)
        .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
        .order_by(Idea.created_at.desc(), Idea.id.desc())
        .limit(OTHERS_READ)
    )
    others = [
        Text(title, tokens.split()) for idea_id, title, tokens in db.session.execute(newest) if idea_id not in seen
    ]
    return texts, others


def votes_by_idea(rooms: Iterable[WallRoom]) -> dict[int, list[RoomCount]]:
    """Return the votes of each room's people on the open ideas of its table, by idea. Vote sheets are no votes.

    Of finished rooms they are those of the moment when it ended (`RoomTally`), of running ones those of now.
    """
    rooms = list(rooms)
    final = [room.gathering_id for room in rooms if room.state is GatheringState.FINISHED]
    running = [room.gathering_id for room in rooms if room.state is GatheringState.RUNNING]
    found: dict[int, list[RoomCount]] = defaultdict(list)
    for query in ([_final_votes(final)] if final else []) + ([_votes_now(running)] if running else []):
        for idea_id, room_id, agree, disagree, passed in db.session.execute(query):
            found[idea_id].append(RoomCount(room_id, int(agree or 0), int(disagree or 0), int(passed or 0)))
    return {idea_id: sorted(counts, key=lambda one: one.room_id) for idea_id, counts in sorted(found.items())}


def shortened(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"


def _public_rooms(session_id: int) -> sa.Select[int]:
    return (
        sa.select(JointRoom.gathering_id)
        .join(Gathering, Gathering.id == JointRoom.gathering_id)
        .where(JointRoom.session_id == session_id, Gathering.state.in_(PUBLIC_STATES), ~Gathering.is_hidden)
    )


def _descriptions(themes: Sequence[ShownTheme]) -> dict[int, Text]:
    """Return title and keywords of each theme."""
    query = (
        sa.select(Theme.id, Cluster.keywords)
        .join(Cluster, Cluster.id == Theme.cluster_id)
        .where(Theme.id.in_([theme.id for theme in themes]))
    )
    keywords = {theme_id: " ".join(str(one["word"]) for one in words) for theme_id, words in db.session.execute(query)}
    return {theme.id: Text(theme.title, tokens_of(theme.title, keywords.get(theme.id, "")).split()) for theme in themes}


def _final_votes(room_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(RoomTally.idea_id, RoomTally.gathering_id, RoomTally.agree, RoomTally.disagree, RoomTally.pass_)
        .join(Idea, Idea.id == RoomTally.idea_id)
        .where(RoomTally.gathering_id.in_(room_ids), Idea.state == IdeaState.OPEN)
        .order_by(RoomTally.idea_id, RoomTally.gathering_id)
    )


def _votes_now(room_ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    sums = [sa.func.sum(sa.case((Vote.value == value, 1), else_=0)) for value in (AGREE, DISAGREE, PASS)]
    is_here = sa.and_(
        GatheringEntry.gathering_id == IdeaRoom.gathering_id,
        GatheringEntry.participant_id == Vote.participant_id,
        GatheringEntry.admitted_at.is_not(None),
    )
    return (
        sa.select(IdeaRoom.idea_id, IdeaRoom.gathering_id, *sums)
        .join(Idea, Idea.id == IdeaRoom.idea_id)
        .join(Vote, Vote.idea_id == IdeaRoom.idea_id)
        .join(GatheringEntry, is_here)
        .where(IdeaRoom.gathering_id.in_(room_ids), Idea.state == IdeaState.OPEN, Vote.excluded_by_id.is_(None))
        .group_by(IdeaRoom.idea_id, IdeaRoom.gathering_id)
        .order_by(IdeaRoom.idea_id, IdeaRoom.gathering_id)
    )

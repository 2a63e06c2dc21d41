"""What people do in their room, and what its page shows: ideas and votes of the table, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.access import Actor, Role
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import helper_ids, lock_gathering
from forum.deliberation.rooms.locking import hold_gathering, require_running, why_not_open
from forum.deliberation.rooms.models import GatheringEntry, IdeaRoom, RoomIdeaWay
from forum.deliberation.rooms.permissions import NotInRoom, can_act_in_room, can_run_room, can_see_room
from forum.deliberation.rooms.queries import entry_of
from forum.deliberation.rooms.results import RoomPeople, TableIdea, Verdict, in_words_first, people_of, table_of
from forum.deliberation.rooms.table import put_on_table
from forum.deliberation.rooms.tallies import count_voters
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import why_closed
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from forum.voice.ideas.permissions import why_not_propose
from forum.voice.ideas.services import submit_idea
from forum.voice.votes.queries import votes_beside
from forum.voice.votes.services import VoteResult, cast_votes


@dataclass(frozen=True)
class RoomIdea:
    """An idea on the table as the room's page shows it.

    forum : votes of the whole forum, named as in `IdeaTally`
    own : the reader's vote (1, 0, −1), or None
    is_open : it takes votes, unless the room or the phase is closed
    """

    room: TableIdea
    body: str
    forum: IdeaTally
    own: int | None
    is_open: bool
    is_own: bool


@dataclass(frozen=True)
class RoomPage:
    """A room as one person sees it.

    entry : the person's own; None for those who run it and take no part
    verdicts : the shown ideas by what the room says of them
    why_not_vote, why_not_write : as sentences; empty if they may
    n_voted : how many people voted on at least one idea; None once the lists are deleted
    """

    entry: GatheringEntry | None
    runs_it: bool
    people: RoomPeople
    ideas: list[RoomIdea]
    verdicts: dict[Verdict, list[TableIdea]]
    n_voted: int | None
    why_not_vote: str
    why_not_write: str

    @property
    def waits(self) -> bool:
        """The person has joined, and waits for the check-in."""
        return self.entry is not None and self.entry.admitted_at is None

    @property
    def to_vote(self) -> list[RoomIdea]:
        """Return the ideas that wait for the person's vote."""
        return [idea for idea in self.ideas if idea.is_open and idea.own is None]


def room_page(gathering: Gathering, actor: Actor) -> RoomPage:
    """Return what the room's page shows this person.

    :raise NotInRoom: neither in the room nor one who runs it
    """
    entry, helpers = require_inside(gathering, actor)
    people, table = people_of(gathering.id), table_of(gathering)
    votes = votes_beside(gathering.campaign, [idea.idea_id for idea in table], actor)
    why_not = why_not_open(gathering) or _why_not_act(entry)
    return RoomPage(
        entry=entry,
        runs_it=can_run_room(actor, gathering, helpers),
        people=people,
        ideas=_with_texts(gathering, table, votes.own, actor),
        verdicts=in_words_first(table, people.n_admitted),
        n_voted=count_voters(gathering),
        why_not_vote=why_not or votes.why_not,
        why_not_write=why_not or why_closed(gathering.campaign, PhaseKind.PROPOSING) or why_not_propose(actor),
    )


def require_inside(gathering: Gathering, actor: Actor) -> tuple[GatheringEntry | None, frozenset[int]]:
    """Return the actor's entry, if there is one, and who helps to run the gathering.

    :raise NotInRoom: neither in the room nor one who runs it
    """
    entry, helpers = entry_of(gathering.id, actor.participant_id), helper_ids(gathering.id)
    if not can_see_room(actor, gathering, entry, helpers):
        raise NotInRoom
    return entry, helpers


def write_idea(gathering: Gathering, actor: Actor, title: str, body: str, address: str | None = None) -> IdeaRoom:
    """Submit an idea and put it on the room's table. The caller commits.

    :param address: IP address of the request, for the limit of its network
    :raise NotInRoom: not in the room, or not checked in
    :raise WrongState: the room or the phase is not open, or the person has written the same before
    :raise InvalidInput, TooManyTexts: as `submit_idea`
    """
    own_entry(gathering, actor)
    lock_gathering(gathering)
    entry = own_entry(gathering, actor)
    require_running(gathering)
    idea = submit_idea(gathering.campaign, actor, title, body, region_code=gathering.region_code or "", address=address)
    way = RoomIdeaWay.ACCOUNT if actor.role is not Role.GUEST else RoomIdeaWay[entry.way.name]
    return put_on_table(gathering, idea, way, entry)


def vote_in_room(gathering: Gathering, actor: Actor, idea_id: int, value: int | None) -> VoteResult:
    """Vote on an idea of the room's table. The caller commits.

    :param value: 1 찬성, 0 넘김, −1 반대, or None to clear the vote
    :raise NotInRoom: not in the room, or not checked in
    :raise NotFound: the idea is not on this table, or is hidden
    :raise WrongState: the room, the phase or the idea is not open, or the person's votes do not count
    """
    own_entry(gathering, actor)
    hold_gathering(gathering)
    own_entry(gathering, actor)
    require_running(gathering)
    if not is_on_table(gathering, idea_id):
        raise NotFound(_("이 모임방의 제안이 아니에요."))
    return cast_votes({idea_id: value}, actor)[0]


def is_on_table(gathering: Gathering, idea_id: int) -> bool:
    return db.session.get(IdeaRoom, (gathering.id, idea_id)) is not None


def own_entry(gathering: Gathering, actor: Actor) -> GatheringEntry:
    """Return the entry by which somebody writes and votes.

    :raise NotInRoom: nobody who was checked in here
    """
    entry = entry_of(gathering.id, actor.participant_id)
    if entry is None:
        raise NotInRoom
    if not can_act_in_room(entry):
        raise NotInRoom(_why_not_act(entry))
    return entry


def _why_not_act(entry: GatheringEntry | None) -> str:
    if entry is None:
        return _("모임방을 돕는 사람은 읽기만 해요. 함께 참여하려면 모임방 번호로 들어와 주세요.")
    return "" if can_act_in_room(entry) else _("진행자가 출석을 확인하면 글을 쓰고 투표할 수 있어요.")


def _with_texts(gathering: Gathering, table: Sequence[TableIdea], own: dict[int, int], actor: Actor) -> list[RoomIdea]:
    query = (
        sa.select(Idea.id, Idea.body, Idea.state, Idea.author_id, IdeaTally)
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .join(IdeaRoom, IdeaRoom.idea_id == Idea.id)
        .where(IdeaRoom.gathering_id == gathering.id)
    )
    rows = {row[0]: row for row in db.session.execute(query)}
    found = []
    for one in table:
        _id, body, state, author_id, tally = rows[one.idea_id]
        is_open = state is IdeaState.OPEN
        is_own = actor.participant_id is not None and author_id == actor.participant_id
        shown_body = body if one.is_shown and state is not IdeaState.WITHDRAWN else ""
        found.append(RoomIdea(one, shown_body, tally, own.get(one.idea_id), is_open, is_own))
    return found

"""Set a room's table: bring ideas of the campaign along to talk about, and take them back."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from forum.core.access import Actor
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.queries import lock_gathering
from forum.deliberation.rooms.checkin import require_runner
from forum.deliberation.rooms.locking import why_not_open
from forum.deliberation.rooms.models import GatheringEntry, IdeaRoom, RoomIdeaWay
from forum.deliberation.rooms.table import put_on_table
from forum.system.audit.services import record
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import VoteEvent

MAX_BROUGHT = 30
"""A room that talks about more has talked about none."""
SETTING = frozenset({GatheringState.DRAFT, GatheringState.PLANNED, GatheringState.RUNNING})
"""States in which the table is set."""
IsCounted = Callable[[int, int], bool]
"""Gathering id, idea id -> whether the idea was counted there otherwise than by votes."""
_elsewhere: dict[str, IsCounted] = {}


def register_counted(name: str, is_counted: IsCounted) -> None:
    """Register what keeps an idea on the table, such as accepted vote sheets. A name again replaces it."""
    _elsewhere[name] = is_counted


def bring_idea(gathering: Gathering, actor: Actor, idea_id: int | None) -> IdeaRoom:
    """Put an open idea of the campaign on the table. The caller commits.

    :raise Forbidden: neither the organiser nor a helper
    :raise InvalidInput: no open idea of this campaign
    :raise WrongState: it stands on the table already, too many do, or the gathering has ended
    """
    _lock(gathering, actor)
    idea = db.session.get(Idea, idea_id) if idea_id is not None else None
    if idea is None or idea.campaign_id != gathering.campaign_id or idea.state is not IdeaState.OPEN:
        raise InvalidInput({"idea": _("이 포럼에 공개된 제안의 번호를 써 주세요.")})
    if db.session.get(IdeaRoom, (gathering.id, idea.id)) is not None:
        raise WrongState(_("‘%(title)s’{은} 벌써 모임방에 있어요.", title=idea.title))
    if _n_brought(gathering.id) >= MAX_BROUGHT:
        raise WrongState(_("제안은 %(n)s개까지 가져올 수 있어요.", n=MAX_BROUGHT))
    placed = put_on_table(gathering, idea, RoomIdeaWay.BROUGHT)
    record(actor, "rooms.bring", gathering, after={"idea": idea.id, "number": placed.number})
    return placed


def take_idea_back(gathering: Gathering, actor: Actor, idea_id: int) -> None:
    """Take an idea off the table that was brought along, and on which nobody in the room has voted. The caller commits.

    :raise Forbidden: neither the organiser nor a helper
    :raise NotFound: it is not on this table
    :raise WrongState: it was written here, somebody in the room has voted on it, also on paper, or the gathering has
        ended
    """
    _lock(gathering, actor)
    placed = db.session.get(IdeaRoom, (gathering.id, idea_id), populate_existing=True)
    if placed is None:
        raise NotFound(_("이 모임방의 제안이 아니에요."))
    if placed.way is not RoomIdeaWay.BROUGHT:
        raise WrongState(_("모임방에서 쓴 제안은 뺄 수 없어요."))
    is_voted_on = _has_votes_of_room(gathering.id, idea_id)
    if is_voted_on or any(is_counted(gathering.id, idea_id) for is_counted in _elsewhere.values()):
        raise WrongState(_("모임방에서 벌써 투표한 제안은 뺄 수 없어요."))
    number = placed.number
    db.session.delete(placed)
    record(actor, "rooms.take_back", gathering, after={"idea": idea_id, "number": number})
    db.session.flush()


def _lock(gathering: Gathering, actor: Actor) -> None:
    require_runner(gathering, actor)
    lock_gathering(gathering)
    require_runner(gathering, actor)
    if gathering.state not in SETTING:
        raise WrongState(why_not_open(gathering))


def _n_brought(gathering_id: int) -> int:
    brought = sa.select(sa.func.count()).where(
        IdeaRoom.gathering_id == gathering_id, IdeaRoom.way == RoomIdeaWay.BROUGHT
    )
    return db.session.scalar(brought) or 0


def _has_votes_of_room(gathering_id: int, idea_id: int) -> bool:
    """Votes cleared since count too: their events stay, and guests vote on nothing but their table."""
    voted = sa.exists().where(
        VoteEvent.idea_id == idea_id,
        VoteEvent.participant_id == GatheringEntry.participant_id,
        GatheringEntry.gathering_id == gathering_id,
    )
    return bool(db.session.scalar(sa.select(voted)))

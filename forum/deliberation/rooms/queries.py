from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.gatherings.models import PUBLIC_STATES, Gathering
from forum.deliberation.rooms.models import IdeaRoom, RoomIdeaWay


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

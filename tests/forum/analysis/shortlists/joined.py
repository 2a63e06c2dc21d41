"""Votes of people who take part in the open shortlists with these ideas."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from forum.analysis.shortlists.models import Shortlist, ShortlistIdea, ShortlistState, ShortlistVoter
from forum.core import clock
from forum.core.database import insert_or_ignore
from forum.core.extensions import db
from forum.voice.ideas.models import Idea
from tests.forum.analysis.opinions import crowd


def cast(rows: list[tuple[Idea, int, int]]) -> None:
    """Let these people take part in the open shortlists of these ideas, and vote."""
    ideas = {idea.id for idea, _who, _value in rows}
    query = (
        sa.select(Shortlist.id)
        .join(ShortlistIdea, ShortlistIdea.shortlist_id == Shortlist.id)
        .where(Shortlist.state == ShortlistState.OPEN, ShortlistIdea.idea_id.in_(ideas))
        .distinct()
    )
    for shortlist_id in db.session.scalars(query).all():
        join(shortlist_id, {who for _idea, who, _value in rows})
    crowd.cast(rows)


def join(shortlist_id: int, participant_ids: Iterable[int]) -> None:
    """Let these people take part."""
    rows = [{"shortlist_id": shortlist_id, "participant_id": who, "joined_at": clock.now()} for who in participant_ids]
    db.session.execute(insert_or_ignore(db.session, ShortlistVoter), rows)

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from forum.access import Actor
from forum.campaigns.models import PhaseKind
from forum.campaigns.queries import why_closed
from forum.extensions import db
from forum.ideas.models import Idea, IdeaState
from forum.votes.models import Vote
from forum.votes.permissions import why_not_vote


def vote_of(idea_id: int, actor: Actor) -> int | None:
    """The actor's present vote: 1, 0, −1, or None."""
    return votes_of([idea_id], actor).get(idea_id)


def votes_of(idea_ids: Iterable[int], actor: Actor) -> dict[int, int]:
    """The actor's present votes on these ideas, in one query."""
    if actor.participant_id is None:
        return {}
    query = sa.select(Vote.idea_id, Vote.value).where(
        Vote.participant_id == actor.participant_id, Vote.idea_id.in_(list(idea_ids))
    )
    return {row.idea_id: row.value for row in db.session.execute(query)}


def why_no_vote_now(idea: Idea, actor: Actor) -> str:
    """Empty where the actor may vote on this idea now; otherwise the reason as a sentence."""
    if idea.state is not IdeaState.OPEN:
        return f"{idea.state.label} 상태인 제안에는 투표할 수 없습니다."
    return why_closed(idea.campaign, PhaseKind.VOTING) or why_not_vote(actor)

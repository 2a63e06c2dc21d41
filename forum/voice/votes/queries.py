from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.access import Actor
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.voice.campaigns.models import Campaign, Phase, PhaseKind
from forum.voice.campaigns.queries import why_closed, why_span_closed
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import Vote
from forum.voice.votes.permissions import why_not_vote


def vote_of(idea_id: int, actor: Actor) -> int | None:
    """Return the actor's present vote: 1, 0, −1, or None."""
    return votes_of([idea_id], actor).get(idea_id)


def votes_of(idea_ids: Iterable[int], actor: Actor) -> dict[int, int]:
    """Return the actor's present votes on these ideas by idea id, with one query."""
    if actor.participant_id is None:
        return {}
    query = sa.select(Vote.idea_id, Vote.value).where(
        Vote.participant_id == actor.participant_id, Vote.idea_id.in_(list(idea_ids))
    )
    return {row.idea_id: row.value for row in db.session.execute(query)}


@dataclass(frozen=True)
class VotesBeside:
    """The actor's present votes on ideas of a list, by idea id, and whether they may vote there now."""

    own: dict[int, int]
    may_vote: bool


def votes_beside(campaign: Campaign, idea_ids: Sequence[int], actor: Actor) -> VotesBeside:
    may_vote = not (why_closed(campaign, PhaseKind.VOTING) or why_not_vote(actor))
    return VotesBeside(votes_of(idea_ids, actor), may_vote)


def why_no_vote_now(idea: Idea, actor: Actor) -> str:
    """Return why the actor may not vote on this idea now, as a sentence; empty if they may."""
    return _why_not_votable(idea.state) or why_closed(idea.campaign, PhaseKind.VOTING) or why_not_vote(actor)


def require_votable(idea_ids: Sequence[int]) -> None:
    """Lock the ideas against a withdrawal until the commit, and check that each takes votes now.

    The lock is shared: it waits for a withdrawal under way, but not for other people's votes.

    :raise NotFound: one does not exist, or is hidden
    :raise WrongState: one is not open, or its voting phase is not
    """
    query = _VOTABLE.where(Idea.id.in_(idea_ids))
    rows = {row[0]: row for row in db.session.execute(query)}
    for idea_id in idea_ids:
        if idea_id not in rows or rows[idea_id].state is IdeaState.HIDDEN:
            raise NotFound("그런 제안이 없습니다. 주소를 확인해 주세요.")
        _id, state, opens_at, closes_at = rows[idea_id]
        sentence = _why_not_votable(state) or why_span_closed(PhaseKind.VOTING, opens_at, closes_at)
        if sentence:
            raise WrongState(sentence)


_VOTABLE = (
    sa.select(Idea.id, Idea.state, Phase.opens_at, Phase.closes_at)
    .outerjoin(Phase, sa.and_(Phase.campaign_id == Idea.campaign_id, Phase.kind == PhaseKind.VOTING))
    .order_by(Idea.id)
    .with_for_update(read=True, of=Idea)
)


def _why_not_votable(state: IdeaState) -> str:
    return "" if state is IdeaState.OPEN else f"{state.label} 상태인 제안에는 투표할 수 없습니다."

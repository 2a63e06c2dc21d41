from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from forum.core.access import Actor, Role
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.models import Campaign, Phase, PhaseKind
from forum.voice.campaigns.queries import why_closed, why_span_closed
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from forum.voice.ideas.queries import cards
from forum.voice.votes.models import Vote
from forum.voice.votes.permissions import why_not_vote


def vote_of(idea_id: int, actor: Actor) -> int | None:
    """Return the actor's present vote: 1, 0, −1, or None."""
    return votes_of([idea_id], actor).get(idea_id)


def votes_of(idea_ids: Iterable[int], actor: Actor) -> dict[int, int]:
    """Return the actor's present votes on these ideas by idea id, with one query."""
    idea_ids = list(idea_ids)
    if actor.participant_id is None or not idea_ids:
        return {}
    query = sa.select(Vote.idea_id, Vote.value).where(
        Vote.participant_id == actor.participant_id, Vote.idea_id.in_(idea_ids)
    )
    return {row.idea_id: row.value for row in db.session.execute(query)}


@dataclass(frozen=True)
class VotesBeside:
    """What a list needs for votes on its ideas.

    own : the actor's present votes by idea id
    why_not : why they may not vote there now, as a sentence; empty if they may
    may_after_sign_in : a visitor, while votes are taken
    voter_id : the actor as a participant, whose own ideas the list marks; None for visitors
    """

    own: dict[int, int]
    why_not: str = ""
    may_after_sign_in: bool = False
    voter_id: int | None = None

    @property
    def may_vote(self) -> bool:
        return not self.why_not


def votes_beside(campaign: Campaign, idea_ids: Sequence[int], actor: Actor) -> VotesBeside:
    """Return the votes beside a list's ideas, with one query; none for a visitor."""
    closed = why_closed(campaign, PhaseKind.VOTING)
    may_after_sign_in = not closed and actor.role is Role.ANONYMOUS
    why_not = closed or why_not_vote(actor)
    return VotesBeside(votes_of(idea_ids, actor), why_not, may_after_sign_in, actor.participant_id)


@dataclass(frozen=True)
class UnvotedPage:
    """Ideas on which the actor has no vote yet. `next_cursor` is empty on the last page."""

    ideas: Sequence[Idea]
    next_cursor: str


def unvoted_page(campaign: Campaign, actor: Actor, cursor: str, size: int) -> UnvotedPage:
    """Return a page of others' open ideas on which the actor has not voted, those with the fewest votes first.

    That order is the fair one: what few people have seen comes up, and of two with as many votes the older one, which
    waits longer. The order by agreement would show everybody what is liked already. What the actor votes on leaves the
    list, so the first page is always the next one to vote on. One query, along `ix_idea_tally_votes`.

    :raise InvalidInput: `cursor` is not one that a page gave
    """
    query = _unvoted(campaign, actor)
    if cursor:
        votes, idea_id = _read_cursor(cursor)
        is_later = sa.tuple_(_n_votes, IdeaTally.idea_id) > sa.tuple_(votes, idea_id)
        # PostgreSQL enters the index at the pair, SQLite at the number alone.
        query = query.where(is_later, votes <= _n_votes)
    found = db.session.scalars(query.limit(size + 1)).all()
    last = found[size - 1] if len(found) > size else None
    return UnvotedPage(found[:size], f"{last.tally.votes}-{last.id}" if last else "")


@dataclass(frozen=True)
class ToVote:
    """The list of ideas that wait for the actor's vote. `closed` says why none are taken now; empty if they are."""

    closed: str
    page: UnvotedPage
    votes: VotesBeside


def list_to_vote(campaign: Campaign, actor: Actor, cursor: str, size: int) -> ToVote:
    """Return a page of what waits for the actor's vote, with what the page says beside it.

    :raise InvalidInput: `cursor` is not one that a page gave
    """
    closed = why_closed(campaign, PhaseKind.VOTING)
    page = UnvotedPage((), "") if closed else unvoted_page(campaign, actor, cursor, size)
    return ToVote(closed, page, votes_beside(campaign, [], actor))


def next_unvoted(idea: Idea, actor: Actor) -> Idea | None:
    """Return another idea of the same campaign for the actor to vote on; None if there is none left."""
    return db.session.scalars(_unvoted(idea.campaign, actor).where(Idea.id != idea.id).limit(1)).first()


_n_votes = IdeaTally.agree + IdeaTally.disagree + IdeaTally.pass_
"""How many have voted on an idea, written as in the index `ix_idea_tally_votes`."""
_CURSOR = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


def _unvoted(campaign: Campaign, actor: Actor) -> sa.Select[Any]:
    conditions = [Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN]
    if actor.participant_id is not None:
        own = sa.select(Vote.idea_id).where(
            Vote.idea_id == IdeaTally.idea_id, Vote.participant_id == actor.participant_id
        )
        conditions += [~own.exists(), Idea.author_id.is_distinct_from(actor.participant_id)]
    return cards(conditions).order_by(_n_votes, IdeaTally.idea_id)


def _read_cursor(cursor: str) -> tuple[int, int]:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise InvalidInput(_("다음 쪽의 주소가 올바르지 않아요. 첫 쪽에서 다시 시작해 주세요."))
    return int(found[1]), int(found[2])


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
            raise NotFound("그런 제안이 없어요. 주소를 확인해 주세요.")
        _id, state, opens_at, closes_at = rows[idea_id]
        sentence = _why_not_votable(state) or why_span_closed(PhaseKind.VOTING, opens_at, closes_at)
        if sentence:
            raise WrongState(sentence)


@dataclass(frozen=True)
class LockedIdea:
    """An idea that somebody wants to vote on, locked against a withdrawal until the commit.

    takes_votes_since : before that nobody can have voted on it
    """

    state: IdeaState
    takes_votes_since: datetime

    @property
    def why_not(self) -> str:
        """Why it takes no votes, as a sentence; empty if it does."""
        return _why_not_votable(self.state)


def lock_ideas(campaign: Campaign, idea_ids: Sequence[int]) -> dict[int, LockedIdea]:
    """Lock those of the ideas that are in this campaign and not hidden, as `require_votable` does; return them by id.

    :raise WrongState: the voting phase is not open
    """
    query = _VOTABLE.add_columns(Idea.created_at)
    query = query.where(Idea.id.in_(idea_ids), Idea.campaign_id == campaign.id, Idea.state != IdeaState.HIDDEN)
    found = {}
    for idea_id, state, opens_at, closes_at, created_at in db.session.execute(query):
        sentence = why_span_closed(PhaseKind.VOTING, opens_at, closes_at)
        if sentence:
            raise WrongState(sentence)
        found[idea_id] = LockedIdea(state, max(opens_at, created_at))
    return found


_VOTABLE = (
    sa.select(Idea.id, Idea.state, Phase.opens_at, Phase.closes_at)
    .outerjoin(Phase, sa.and_(Phase.campaign_id == Idea.campaign_id, Phase.kind == PhaseKind.VOTING))
    .order_by(Idea.id)
    .with_for_update(read=True, of=Idea)
)


def _why_not_votable(state: IdeaState) -> str:
    return "" if state is IdeaState.OPEN else f"{state.label} 상태인 제안에는 투표할 수 없어요."

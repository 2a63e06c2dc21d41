from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from forum.core.access import Actor, Role
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.people.accounts.models import Participant
from forum.voice.campaigns.models import Campaign, Phase, PhaseKind
from forum.voice.campaigns.queries import why_closed, why_span_closed
from forum.voice.everyday.models import EverydayDetails
from forum.voice.everyday.queries import details_in
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from forum.voice.ideas.queries import cards
from forum.voice.photos.models import IdeaPhoto
from forum.voice.photos.queries import first_photos
from forum.voice.votes.models import Vote, VoteExclusion
from forum.voice.votes.permissions import why_not_vote


class VotesExcluded(WrongState):
    """The person's votes in this campaign do not count, so they cast no further ones there."""

    explanation = _l("이 포럼에서 한 내 투표는 집계에서 뺐어요. 그래서 여기에서는 더 투표할 수 없어요.")
    advice = _l("까닭을 읽어 보고, 다르게 생각하면 이의를 낼 수 있어요.")
    help_link = (_l("까닭 보기와 이의 내기"), "/excluded-votes")


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
    own, is_out = _own_votes(campaign, idea_ids, actor)
    why_not = closed or why_not_vote(actor) or (str(VotesExcluded()) if is_out else "")
    return VotesBeside(own, why_not, may_after_sign_in, actor.participant_id)


def _own_votes(campaign: Campaign, idea_ids: Sequence[int], actor: Actor) -> tuple[dict[int, int], bool]:
    """Return the actor's present votes on these ideas by id, and whether none of theirs count in this campaign."""
    if actor.participant_id is None or not idea_ids:
        return {}, False
    votes = sa.select(Vote.idea_id, Vote.value).where(
        Vote.participant_id == actor.participant_id, Vote.idea_id.in_(idea_ids)
    )
    out = sa.select(sa.literal(0), sa.literal(0)).where(_is_excluded(campaign.id, actor.participant_id))
    own = {row[0]: row[1] for row in db.session.execute(votes.union_all(out))}
    is_out = own.pop(0, None) is not None
    return own, is_out


def _is_excluded(campaign_id: int, participant_id: int) -> sa.Exists:
    return sa.exists().where(VoteExclusion.in_force(participant_id, campaign_id))


def excluded_exists(campaign: Campaign, actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that the actor's votes in this campaign do not count, for a statement that runs anyway."""
    return sa.false() if actor.participant_id is None else _is_excluded(campaign.id, actor.participant_id)


@dataclass(frozen=True)
class OwnVote:
    """The actor's vote on an idea (1, 0, −1, or None), and why they may not vote on it now; empty if they may."""

    value: int | None
    why_not: str


def own_vote(idea: Idea, actor: Actor) -> OwnVote:
    """Return what the page of an idea says about the actor's own vote, with one query; none for a visitor."""
    value, is_out = None, False
    if actor.participant_id is not None:
        vote = sa.select(Vote.value).where(Vote.idea_id == idea.id, Vote.participant_id == actor.participant_id)
        query = sa.select(vote.scalar_subquery(), _is_excluded(idea.campaign_id, actor.participant_id))
        value, is_out = db.session.execute(query).one()
    why_not = _why_not_votable(idea.state) or why_closed(idea.campaign, PhaseKind.VOTING) or why_not_vote(actor)
    return OwnVote(value, why_not or (str(VotesExcluded()) if is_out else ""))


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
    everyday: Mapping[int, EverydayDetails]
    """Kind and place by idea id, of an everyday campaign."""
    photos: Mapping[int, IdeaPhoto]
    """The first photo by idea id, of an everyday campaign."""


def list_to_vote(campaign: Campaign, actor: Actor, cursor: str, size: int) -> ToVote:
    """Return a page of what waits for the actor's vote, with what the page says beside it.

    :raise InvalidInput: `cursor` is not one that a page gave
    """
    closed = why_closed(campaign, PhaseKind.VOTING)
    page = UnvotedPage((), "") if closed else unvoted_page(campaign, actor, cursor, size)
    votes = votes_beside(campaign, [], actor)
    if votes.may_vote and db.session.scalar(sa.select(excluded_exists(campaign, actor))):
        votes = replace(votes, why_not=str(VotesExcluded()))
    ids = [idea.id for idea in page.ideas]
    return ToVote(closed, page, votes, details_in(campaign, ids), first_photos(campaign, ids))


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


def require_votable(idea_ids: Sequence[int], participant_id: int) -> None:
    """Lock the ideas against a withdrawal until the commit, and check that each takes this person's vote now.

    The lock is shared: it waits for a withdrawal under way, but not for other people's votes. The person is locked too,
    against a moderator who excludes their votes.

    :raise NotFound: one does not exist, or is hidden
    :raise WrongState: one is not open, or its voting phase is not, or the person's votes there do not count
    """
    query = _VOTABLE.where(Idea.id.in_(idea_ids))
    rows = {row[0]: row for row in db.session.execute(query, {"voter": participant_id})}
    for idea_id in idea_ids:
        if idea_id not in rows or rows[idea_id].state is IdeaState.HIDDEN:
            raise NotFound("그런 제안이 없어요. 주소를 확인해 주세요.")
        _id, state, opens_at, closes_at, exclusion_id = rows[idea_id]
        sentence = _why_not_votable(state) or why_span_closed(PhaseKind.VOTING, opens_at, closes_at)
        if sentence:
            raise WrongState(sentence)
        if exclusion_id is not None:
            raise VotesExcluded


@dataclass(frozen=True)
class LockedIdea:
    """An idea that somebody wants to vote on, locked against a withdrawal until the commit.

    takes_votes_since : before that nobody can have voted on it
    is_excluded : the person's votes in its campaign do not count
    """

    state: IdeaState
    takes_votes_since: datetime
    is_excluded: bool = False

    @property
    def why_not(self) -> str:
        """Why it takes no vote of this person, as a sentence; empty if it does."""
        return _why_not_votable(self.state) or (str(VotesExcluded()) if self.is_excluded else "")


def lock_ideas(campaign: Campaign, idea_ids: Sequence[int], participant_id: int) -> dict[int, LockedIdea]:
    """Lock those of the ideas that are in this campaign and not hidden, as `require_votable` does; return them by id.

    :raise WrongState: the voting phase is not open
    """
    query = _VOTABLE.add_columns(Idea.created_at)
    query = query.where(Idea.id.in_(idea_ids), Idea.campaign_id == campaign.id, Idea.state != IdeaState.HIDDEN)
    found = {}
    for idea_id, state, opens_at, closes_at, exclusion_id, created_at in db.session.execute(
        query, {"voter": participant_id}
    ):
        sentence = why_span_closed(PhaseKind.VOTING, opens_at, closes_at)
        if sentence:
            raise WrongState(sentence)
        found[idea_id] = LockedIdea(state, max(opens_at, created_at), exclusion_id is not None)
    return found


_VOTABLE = (
    sa.select(Idea.id, Idea.state, Phase.opens_at, Phase.closes_at, VoteExclusion.id)
    .select_from(Idea)
    .join(Participant, Participant.id == sa.bindparam("voter"))
    .outerjoin(Phase, sa.and_(Phase.campaign_id == Idea.campaign_id, Phase.kind == PhaseKind.VOTING))
    .outerjoin(VoteExclusion, VoteExclusion.in_force(Participant.id, Idea.campaign_id))
    .order_by(Idea.id)
    .with_for_update(read=True, of=[Participant, Idea])
)


def _why_not_votable(state: IdeaState) -> str:
    return "" if state is IdeaState.OPEN else f"{state.label} 상태인 제안에는 투표할 수 없어요."

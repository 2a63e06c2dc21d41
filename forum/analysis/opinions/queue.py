"""The voting queue: which idea a person is asked about next, and with what probability.

An idea is drawn by what one more answer on it would tell (`nlp.opinion.routing`), which the job has stored with the
current snapshot; never by how it is liked. Near-copies are asked about once.

The probability goes with the vote, so that shares can be weighted back to what equal chances would have found. Where a
campaign has more than `WINDOW` ideas, a draw has two phases: first `WINDOW` ideas that follow each other from a random
place of a random order, then one of them. What is kept is the product of both chances, the second one given the window.
Weights of one over it are unbiased (the double expansion estimator: Särndal, Swensson & Wretman 1992, ch. 9).

A draw depends on nothing but the person, how many votes they have cast, and what can be asked: who loads the page anew
sees the same idea. Otherwise people could go on until an idea comes that they like, and no probability would be true.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import aliased

from forum.analysis.opinions.firsts import FirstIdeas, first_ideas
from forum.analysis.opinions.models import OpinionScore, OpinionSnapshot
from forum.analysis.themes.models import DuplicateGroup
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import require_open
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import AGREE, DISAGREE, PASS, Vote
from forum.voice.votes.permissions import can_vote, why_not_vote
from forum.voice.votes.queries import excluded_exists
from forum.voice.votes.services import cast_votes

WINDOW = 500  # ideas that one draw chooses from
MAX_NEW = 100  # of these ideas that the snapshot does not know, the newest
FOLD_CHARS = 320  # of a long text, shown at once
UNIFORM_SHARE = 0.25  # of the chances, the same for all: as in nlp.opinion.routing, which needs numpy
NO_VOTES_GAIN = (1 - math.sqrt(0.5)) / 2
"""What the first answer on an idea tells: `nlp.opinion.routing.narrowing(0)`."""


@dataclass(frozen=True)
class Question:
    """An idea to vote on.

    probability : with which the draw shows it, above 0 and at most 1; None where no draw did
    n_left : how many there are to vote on, this one included; None where that would have to be counted
    first : what it belongs to, if a person chose it to come first
    """

    idea: Idea
    probability: float | None
    n_left: int | None = None
    first: FirstIdeas | None = None

    @property
    def parts(self) -> tuple[str, str]:
        """The idea's text, cut after a word where it is long; the second part is empty where it is not."""
        body = self.idea.body
        if len(body) <= FOLD_CHARS + FOLD_CHARS // 2:  # nobody unfolds for a few words
            return body, ""
        cut = max(body.rfind(" ", 0, FOLD_CHARS), body.rfind("\n", 0, FOLD_CHARS))
        cut = cut if cut > 0 else FOLD_CHARS
        return body[:cut].rstrip(), body[cut:].strip()


@dataclass(frozen=True)
class LastVote:
    """A vote that can be taken back: 1 찬성, 0 넘김, −1 반대."""

    idea_id: int
    title: str
    value: int


@dataclass(frozen=True)
class Done:
    """How a person has voted in a campaign today (in Seoul), and how many votes of theirs there are in all.

    is_excluded : these votes do not count, and no further ones are taken
    """

    agree: int
    pass_: int
    disagree: int
    in_all: int
    is_excluded: bool = False

    @property
    def today(self) -> int:
        return self.agree + self.pass_ + self.disagree


def next_question(campaign: Campaign, actor: Actor, rng: random.Random) -> Question | None:
    """Draw an open idea of somebody else on which the actor has not voted, nor on a near-copy; None if none is left.

    What somebody chose to come first, a shortlist say, comes first: one of it, by the same chance for each.
    Ideas that came after the snapshot tell as much as one without votes. If these are more than `MAX_NEW`, the older
    ones wait for the next snapshot, as do ideas that were hidden when it was made. Without a snapshot all chances are
    the same.
    """
    campaign_id, voter = campaign.id, actor.participant_id
    if first := first_ideas(campaign, actor):
        idea = db.session.get_one(Idea, rng.choice(first.idea_ids))
        return Question(idea, None, len(first.idea_ids), first)
    known = _known(campaign_id)
    start = rng.randrange(known.n_ideas) if known.n_ideas > WINDOW else None
    found = _candidates(campaign_id, voter, known, start)
    if not found:
        return None if start is None else _any_question(campaign_id, voter)
    chances = mixed_chances([gain for _idea_id, gain, _of_window in found])
    [drawn] = rng.choices(range(len(found)), chances)
    idea_id, _gain, of_window = found[drawn]
    share = WINDOW / known.n_ideas if start is not None and of_window else 1.0
    n_new = sum(not of_window for _idea_id, _gain, of_window in found)
    n_left = len(found) if start is None and n_new < MAX_NEW else None
    return Question(db.session.get_one(Idea, idea_id), share * chances[drawn], n_left)


def mixed_chances(gains: Sequence[float]) -> list[float]:
    """Return the probability of each idea, as `nlp.opinion.routing.chances` does."""
    total = sum(gains)
    return [(1 - UNIFORM_SHARE) * gain / total + UNIFORM_SHARE / len(gains) for gain in gains]


def draw_for(campaign: Campaign, actor: Actor, n_votes: int) -> random.Random:
    """Return the chance that decides what somebody with so many votes is asked next; nobody else can foretell it."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    who = f"queue:{campaign.id}:{actor.participant_id}:{n_votes}".encode()
    return random.Random(hmac.new(key, who, hashlib.sha256).digest())  # noqa: S311  (it draws an idea)


def question_about(campaign: Campaign, actor: Actor, idea_id: int) -> Question | None:
    """Return this idea as a question; None if the actor cannot be asked about it now, or has voted on it."""
    values = {"idea_id": idea_id, "campaign_id": campaign.id, "voter": actor.participant_id}
    idea = db.session.scalar(_UNVOTED, values)
    first = first_ideas(campaign, actor)
    return Question(idea, None, first=first if first and idea_id in first.idea_ids else None) if idea else None


def done_by(campaign: Campaign, actor: Actor) -> Done:
    """Return what a person has done in a campaign, with one query."""
    midnight = datetime.combine(clock.today(), time(), clock.SEOUL).astimezone(UTC)

    def today(value: int) -> sa.ColumnElement[int]:
        is_one = sa.and_(Vote.value == value, Vote.cast_at >= midnight)
        return sa.func.coalesce(sa.func.sum(sa.case((is_one, 1), else_=0)), 0)

    query = (
        sa.select(today(AGREE), today(PASS), today(DISAGREE), sa.func.count(), excluded_exists(campaign, actor))
        .select_from(Vote)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(Vote.participant_id == actor.participant_id, Idea.campaign_id == campaign.id)
    )
    return Done(*db.session.execute(query).one())


def last_vote(campaign: Campaign, actor: Actor, idea_id: int) -> LastVote | None:
    """Return the actor's vote on an idea of the campaign; None if there is none, or the idea takes no votes."""
    query = (
        sa.select(Idea.id, Idea.title, Vote.value)
        .join(Vote, Vote.idea_id == Idea.id)
        .where(Idea.id == idea_id, Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
        .where(Vote.participant_id == actor.participant_id)
    )
    row = db.session.execute(query).one_or_none()
    return LastVote(*row) if row else None


def answer_question(
    campaign: Campaign, actor: Actor, idea_id: int, value: int, probability: float | None, is_first: bool = False
) -> LastVote:
    """Cast a vote from the campaign's queue. The caller commits.

    :param value: 1 찬성, 0 넘김, −1 반대
    :param probability: with which the draw showed the idea; None if it is not known
    :param is_first: the page showed the idea as one that comes first, with the notice that belongs to it
    :raise Forbidden: not a citizen or facilitator who may take part
    :raise NotFound: there is no such idea in this campaign, or it is hidden
    :raise WrongState: the idea is not open, or voting is not
    """
    title = _require_queue(campaign, actor, idea_id)
    first = first_ideas(campaign, actor) if is_first else None
    if first and idea_id in first.idea_ids:
        first.note_told(campaign, actor)
    cast_votes({idea_id: value}, actor, None if probability is None else {idea_id: probability})
    return LastVote(idea_id, title, value)


def undo_vote(campaign: Campaign, actor: Actor, idea_id: int) -> float | None:
    """Clear a vote that was cast in the queue. The caller commits.

    :return: the probability with which the idea was shown, for when it is asked about again
    :raise Forbidden: not a citizen or facilitator who may take part
    :raise NotFound: there is no such idea in this campaign, or it is hidden
    :raise WrongState: the idea is not open, or voting is not
    """
    _require_queue(campaign, actor, idea_id)
    own = sa.and_(Vote.idea_id == idea_id, Vote.participant_id == actor.participant_id)
    probability = db.session.scalar(sa.select(Vote.shown_probability).where(own))
    cast_votes({idea_id: None}, actor)
    return probability


def _require_queue(campaign: Campaign, actor: Actor, idea_id: int) -> str:
    """Return the idea's title, if it is one of the campaign's and votes are taken from this actor."""
    require(can_vote(actor), why_not_vote(actor))
    require_open(campaign, PhaseKind.VOTING)
    query = sa.select(Idea.title).where(Idea.id == idea_id, Idea.campaign_id == campaign.id)
    title = db.session.scalar(query)
    if title is None:
        raise NotFound(_("그런 제안이 없어요. 주소를 확인해 주세요."))
    return title


@dataclass(frozen=True)
class _Known:
    """What the current snapshot knows: its number of ideas and the newest of them. Without a snapshot, id is 0."""

    id: int
    n_ideas: int
    newest: int


def _known(campaign_id: int) -> _Known:
    """Return what can be drawn by its weight; without a snapshot that is all open ideas, each by the same."""
    row = db.session.execute(_SNAPSHOT, {"campaign_id": campaign_id}).one_or_none()
    if row is not None:
        return _Known(*row)
    return _Known(0, db.session.scalar(_N_OPEN, {"campaign_id": campaign_id}) or 0, 0)


def _candidates(campaign_id: int, voter: int | None, known: _Known, start: int | None) -> list[tuple[int, float, bool]]:
    """Return (idea id, gain, whether the window has it) of what can be drawn, by id.

    :param start: where the window begins; None: all is in it
    """
    values = {"campaign_id": campaign_id, "voter": voter, "snapshot_id": known.id, "newest": known.newest}
    end = known.n_ideas if start is None else start + WINDOW
    values |= {"start": start or 0, "n": end - (start or 0), "end": end, "wrapped": max(0, end - known.n_ideas)}
    rows = [(*row, True) for row in db.session.execute(_OF_SNAPSHOT if known.id else _OF_CAMPAIGN, values)]
    if known.id:
        rows += [(*row, False) for row in db.session.execute(_NEWER, values | {"most": MAX_NEW})]
    return sorted((idea_id, gain, of_window) for idea_id, gain, of_window in rows)


def _any_question(campaign_id: int, voter: int | None) -> Question | None:
    """Return the oldest idea that is left, without a probability: the actor has seen all of the window that was drawn.

    Only who has voted on nearly all of very many ideas comes here.
    """
    idea = db.session.scalar(_OLDEST, {"campaign_id": campaign_id, "voter": voter})
    return Question(idea, None) if idea else None


# The statements are made once: a draw stands between every two votes, and making them took more than running them.
# Adding 0 to a column keeps a planner without statistics, SQLite's, from the index of that column alone, by which it
# would go through all of a campaign's ideas or near-copies. A range with both ends is a small one to a planner that
# does not look at the numbers, as PostgreSQL's does not for a statement that comes often.
_CAMPAIGN_ID, _VOTER = sa.bindparam("campaign_id", type_=sa.Integer), sa.bindparam("voter", type_=sa.Integer)


def _others_open(idea: Any) -> sa.ColumnElement[bool]:
    """Return the condition that an idea is open and somebody else's."""
    return sa.and_(idea.state == IdeaState.OPEN, idea.author_id.is_distinct_from(_VOTER))


def _unvoted(of_campaign: Any = Idea.campaign_id) -> sa.ColumnElement[bool]:
    """Return the condition that the voter can be asked about an idea, near-copies aside."""
    own = sa.exists().where(Vote.idea_id == Idea.id, Vote.participant_id == _VOTER)
    return sa.and_(of_campaign == _CAMPAIGN_ID, _others_open(Idea), ~own)


def _askable(of_campaign: Any = Idea.campaign_id) -> sa.ColumnElement[bool]:
    """Return the same condition with near-copies: only the oldest, while the voter has voted on none of them."""
    group, copy, original = aliased(DuplicateGroup), aliased(DuplicateGroup), aliased(Idea)
    voted = (
        sa.select(group.number)
        .join(Vote, Vote.idea_id == group.idea_id)
        .where(Vote.participant_id == _VOTER, group.campaign_id + 0 == _CAMPAIGN_ID)
    )
    has_older = sa.exists().where(
        copy.campaign_id == _CAMPAIGN_ID,
        copy.number == DuplicateGroup.number,
        copy.idea_id + 0 < DuplicateGroup.idea_id,
        original.id == copy.idea_id,
        _others_open(original),
    )
    is_copy = sa.exists().where(
        DuplicateGroup.campaign_id == _CAMPAIGN_ID,
        DuplicateGroup.idea_id == Idea.id,
        sa.or_(DuplicateGroup.number.in_(voted), has_older),
    )
    return sa.and_(_unvoted(of_campaign), ~is_copy)


def _window_of_snapshot() -> sa.Select[*tuple[Any, ...]]:
    """Return ideas whose places in the snapshot's random order follow `start`; the order is a circle."""
    slot = OpinionScore.slot
    inside = sa.and_(slot >= sa.bindparam("start"), slot < sa.bindparam("end"))
    wrapped = sa.and_(slot >= 0, slot < sa.bindparam("wrapped"))
    return (
        sa.select(OpinionScore.idea_id, OpinionScore.gain)
        .join(Idea, Idea.id == OpinionScore.idea_id)
        .where(OpinionScore.snapshot_id == sa.bindparam("snapshot_id"))
        .where(sa.or_(inside, wrapped), _askable())
    )


def _window_of_campaign() -> sa.Select[*tuple[Any, ...]]:
    """Return the same without a snapshot: the order is that of the ideas' ages, and all gains are alike."""
    ideas = sa.select(Idea.id).where(Idea.campaign_id == _CAMPAIGN_ID, Idea.state == IdeaState.OPEN)
    ideas = ideas.order_by(Idea.created_at, Idea.id)
    after = ideas.offset(sa.bindparam("start", type_=sa.Integer)).limit(sa.bindparam("n", type_=sa.Integer)).subquery()
    first = ideas.limit(sa.bindparam("wrapped", type_=sa.Integer)).subquery()
    window = sa.union_all(sa.select(after), sa.select(first)).subquery()
    return sa.select(Idea.id, sa.literal(NO_VOTES_GAIN)).join(window, window.c.id == Idea.id).where(_askable())


_SNAPSHOT = sa.select(
    OpinionSnapshot.id,
    OpinionSnapshot.n_ideas,
    sa.select(sa.func.coalesce(sa.func.max(OpinionScore.idea_id), 0))
    .where(OpinionScore.snapshot_id == OpinionSnapshot.id)
    .scalar_subquery(),
).where(OpinionSnapshot.campaign_id == _CAMPAIGN_ID, OpinionSnapshot.is_current)
_N_OPEN = sa.select(sa.func.count()).where(Idea.campaign_id == _CAMPAIGN_ID, Idea.state == IdeaState.OPEN)
_OF_SNAPSHOT, _OF_CAMPAIGN = _window_of_snapshot(), _window_of_campaign()
_NEWER = (
    sa.select(Idea.id, sa.literal(NO_VOTES_GAIN))
    .where(Idea.id > sa.bindparam("newest"), _askable(Idea.campaign_id + 0))
    .order_by(Idea.id.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_UNVOTED = sa.select(Idea).where(Idea.id == sa.bindparam("idea_id"), _unvoted())
_OLDEST = (
    sa.select(Idea).where(Idea.campaign_id == _CAMPAIGN_ID, _askable()).order_by(Idea.created_at, Idea.id).limit(1)
)

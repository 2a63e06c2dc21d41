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
    """

    idea: Idea
    probability: float | None
    n_left: int | None = None

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
    """How a person has voted in a campaign today (in Seoul), and how many votes of theirs there are in all."""

    agree: int
    pass_: int
    disagree: int
    in_all: int

    @property
    def today(self) -> int:
        return self.agree + self.pass_ + self.disagree


def next_question(campaign: Campaign, actor: Actor, rng: random.Random) -> Question | None:
    """Draw an open idea of somebody else on which the actor has not voted, nor on a near-copy; None if none is left.

    Ideas that came after the snapshot tell as much as one without votes. If these are more than `MAX_NEW`, the older
    ones wait for the next snapshot, as do ideas that were hidden when it was made. Without a snapshot all chances are
    the same.
    """
    snapshot = _current_snapshot(campaign.id)
    n_known = snapshot.n_ideas if snapshot else _n_open(campaign.id)
    start = rng.randrange(n_known) if n_known > WINDOW else None
    found = _candidates(campaign.id, actor, snapshot, start, n_known)
    if not found:
        return None if start is None else _any_question(campaign.id, actor)
    chances = mixed_chances([gain for _idea_id, gain, _is_known in found])
    [drawn] = rng.choices(range(len(found)), chances)
    idea_id, _gain, is_known = found[drawn]
    of_window = WINDOW / n_known if start is not None and is_known else 1.0
    is_all = start is None and sum(not known for _idea_id, _gain, known in found) < MAX_NEW
    return Question(db.session.get_one(Idea, idea_id), of_window * chances[drawn], len(found) if is_all else None)


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
    query = sa.select(Idea).where(Idea.id == idea_id, *_open_to(campaign.id, actor))
    idea = db.session.scalar(query)
    return Question(idea, None) if idea else None


def done_by(campaign: Campaign, actor: Actor) -> Done:
    """Return what a person has done in a campaign, with one query."""
    midnight = datetime.combine(clock.today(), time(), clock.SEOUL).astimezone(UTC)

    def today(value: int) -> sa.ColumnElement[int]:
        is_one = sa.and_(Vote.value == value, Vote.cast_at >= midnight)
        return sa.func.coalesce(sa.func.sum(sa.case((is_one, 1), else_=0)), 0)

    query = (
        sa.select(today(AGREE), today(PASS), today(DISAGREE), sa.func.count())
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


def answer_question(campaign: Campaign, actor: Actor, idea_id: int, value: int, probability: float | None) -> LastVote:
    """Cast a vote from the campaign's queue. The caller commits.

    :param value: 1 찬성, 0 넘김, −1 반대
    :param probability: with which the draw showed the idea; None if it is not known
    :raise Forbidden: not a citizen or facilitator who may take part
    :raise NotFound: there is no such idea in this campaign, or it is hidden
    :raise WrongState: the idea is not open, or voting is not
    """
    title = _require_queue(campaign, actor, idea_id)
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


def _current_snapshot(campaign_id: int) -> sa.Row[tuple[int, int, int]] | None:
    """Return id, number of ideas and newest idea of the current snapshot."""
    newest = (
        sa.select(sa.func.coalesce(sa.func.max(OpinionScore.idea_id), 0))
        .where(OpinionScore.snapshot_id == OpinionSnapshot.id)
        .scalar_subquery()
        .label("newest")
    )
    query = sa.select(OpinionSnapshot.id, OpinionSnapshot.n_ideas, newest).where(
        OpinionSnapshot.campaign_id == campaign_id, OpinionSnapshot.is_current
    )
    return db.session.execute(query).one_or_none()


def _n_open(campaign_id: int) -> int:
    query = sa.select(sa.func.count()).where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
    return db.session.scalar(query) or 0


def _candidates(
    campaign_id: int, actor: Actor, snapshot: Any, start: int | None, n_known: int
) -> list[tuple[int, float, bool]]:
    """Return (idea id, gain, whether it is of the window) of what can be drawn, by id.

    :param start: where the window begins; None: all are in it
    """
    window = _window_of_scores(snapshot, start) if snapshot else _window_of_ideas(campaign_id, start, n_known)
    queries = [sa.select(window.c.idea_id, window.c.gain, sa.true()).join(Idea, Idea.id == window.c.idea_id)]
    if snapshot:
        queries.append(sa.select(Idea.id, sa.literal(NO_VOTES_GAIN), sa.false()).where(Idea.id > snapshot.newest))
        queries[1] = queries[1].order_by(Idea.id.desc()).limit(MAX_NEW)
    askable = _askable(campaign_id, actor)
    rows = [row for query in queries for row in db.session.execute(query.where(*askable))]
    return sorted((idea_id, gain, bool(is_known)) for idea_id, gain, is_known in rows)


def _window_of_scores(snapshot: Any, start: int | None) -> sa.Subquery:
    """Return idea ids and gains of the ideas whose places in the snapshot's random order follow `start`."""
    query = sa.select(OpinionScore.idea_id, OpinionScore.gain).where(OpinionScore.snapshot_id == snapshot.id)
    if start is not None:
        end = start + WINDOW
        inside = OpinionScore.slot.between(start, end - 1)
        if end > snapshot.n_ideas:  # the order is a circle
            inside = sa.or_(inside, OpinionScore.slot < end - snapshot.n_ideas)
        query = query.where(inside)
    return query.subquery()


def _window_of_ideas(campaign_id: int, start: int | None, n_open: int) -> sa.Subquery:
    """Return the same without a snapshot: the order is that of the ideas' ages, and all gains are alike."""
    ideas = sa.select(Idea.id.label("idea_id"), sa.literal(NO_VOTES_GAIN).label("gain"))
    ideas = ideas.where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
    ideas = ideas.order_by(Idea.created_at, Idea.id)
    if start is None:
        return ideas.subquery()
    first = ideas.offset(start).limit(WINDOW).subquery()
    if start + WINDOW <= n_open:
        return first
    last = ideas.limit(start + WINDOW - n_open).subquery()
    return sa.union_all(sa.select(first), sa.select(last)).subquery()


def _any_question(campaign_id: int, actor: Actor) -> Question | None:
    """Return the oldest idea that is left, without a probability: the actor has seen all of the window that was drawn.

    Only who has voted on nearly all of very many ideas comes here.
    """
    query = sa.select(Idea).where(*_askable(campaign_id, actor)).order_by(Idea.created_at, Idea.id).limit(1)
    idea = db.session.scalar(query)
    return Question(idea, None) if idea else None


def _open_to(campaign_id: int, actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Return conditions: an open idea of somebody else in the campaign, without a vote of the actor."""
    own = sa.exists().where(Vote.idea_id == Idea.id, Vote.participant_id == actor.participant_id)
    return [
        Idea.campaign_id == campaign_id,
        Idea.state == IdeaState.OPEN,
        Idea.author_id.is_distinct_from(actor.participant_id),
        ~own,
    ]


def _askable(campaign_id: int, actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Return the same conditions, and of near-copies only the oldest, while the actor has voted on none of them."""
    group, copy, original = aliased(DuplicateGroup), aliased(DuplicateGroup), aliased(Idea)
    voted = (
        sa.select(group.number)
        .join(Vote, Vote.idea_id == group.idea_id)
        .where(Vote.participant_id == actor.participant_id, group.campaign_id == campaign_id)
    )
    is_older_and_asked = sa.exists().where(
        copy.campaign_id == campaign_id,
        copy.number == DuplicateGroup.number,
        copy.idea_id < DuplicateGroup.idea_id,
        original.id == copy.idea_id,
        original.state == IdeaState.OPEN,
        original.author_id.is_distinct_from(actor.participant_id),
    )
    is_copy = sa.exists().where(
        DuplicateGroup.campaign_id == campaign_id,
        DuplicateGroup.idea_id == Idea.id,
        sa.or_(DuplicateGroup.number.in_(voted), is_older_and_asked),
    )
    return [*_open_to(campaign_id, actor), ~is_copy]

"""Casting, changing and clearing votes: the votes, their events and the tallies in one transaction.

The order is always the same, so that two people (or one person with two devices) never wait for each other in a
circle: first the ideas under a shared lock, then the votes' own rows, then the tallies, which are changed last and held
shortest; each in the order of the ideas' ids. No objects are loaded on this path: it is what a forum does most.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import Base, insert_or_ignore
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.voice.ideas.models import IdeaTally
from forum.voice.votes.models import AGREE, DISAGREE, PASS, VALUES, Vote, VoteEvent
from forum.voice.votes.permissions import can_vote, why_not_vote
from forum.voice.votes.queries import require_votable

COUNTER = {AGREE: "agree", PASS: "pass", DISAGREE: "disagree"}
# The tables themselves: statements on them pass by the session's bookkeeping of objects.
_VOTE, _EVENT, _TALLY = (Base.metadata.tables[kind.__tablename__] for kind in (Vote, VoteEvent, IdeaTally))
BATCH_MAX = 200
ASK = "찬성, 반대, 넘김 가운데 하나를 골라 주세요."


@dataclass(frozen=True)
class Standing:
    """An idea's tally right after one's own vote, and that vote. Named as `IdeaTally` names them."""

    idea_id: int
    mine: int | None
    agree: int
    disagree: int
    pass_: int


def cast_votes(ballots: Mapping[int, int | None], actor: Actor) -> list[Standing]:
    """Make these the actor's votes: all of them or, where one cannot be, none. The caller commits.

    :param ballots: idea id -> 1, 0, −1, or None to take the vote back; 1 to `BATCH_MAX` of them
    :return: in the order of the ideas' ids
    :raise InvalidInput: no ballots or too many, another value
    :raise Forbidden: not a citizen or facilitator who may take part
    :raise NotFound: an idea is not there
    :raise WrongState: an idea is not open, or its voting phase is not
    """
    require(can_vote(actor), why_not_vote(actor))
    assert actor.participant_id is not None
    if not 0 < len(ballots) <= BATCH_MAX:
        raise InvalidInput({"votes": f"한 번에 1개에서 {BATCH_MAX}개까지 투표할 수 있습니다."})
    wanted = {idea_id: _value(ballots[idea_id]) for idea_id in sorted(ballots)}
    require_votable(list(wanted))
    tried = len(wanted) == 1 and db.engine.dialect.name == "postgresql"
    if tried:
        standing = _first_vote(actor.participant_id, *next(iter(wanted.items())))
        if standing is not None:
            return [standing]
    before = _swap(actor.participant_id, wanted, tried=tried)
    changed = {idea_id: value for idea_id, value in wanted.items() if before[idea_id] != value}
    if changed:
        _count(actor.participant_id, before, changed)
        db.session.expire_all()
    return _standings(wanted)


def _value(value: int | None) -> int | None:
    if value is not None and (type(value) is not int or value not in VALUES):
        raise InvalidInput({"value": ASK})
    return value


def _first_vote(participant_id: int, idea_id: int, value: int | None) -> Standing | None:
    """Most votes are somebody's first on that idea: vote, event and tally in one statement of PostgreSQL.

    :return: None where there was a vote already (or none is wanted), and nothing was done
    """
    if value is None:
        return None
    ballot = {"idea": idea_id, "participant": participant_id, "vote": value, "now": clock.now()}
    counts = db.session.execute(_FIRST_VOTE, ballot).one_or_none()
    if counts is None:
        return None
    db.session.expire_all()
    return Standing(idea_id, value, *counts)


def _first_vote_statement() -> sa.Update:
    """A WITH whose parts write: the INSERT that a second device waits for, the event, and last the tally."""
    now = sa.bindparam("now", type_=_VOTE.c.cast_at.type)
    values: dict[str, Any] = {"idea_id": sa.bindparam("idea"), "participant_id": sa.bindparam("participant")}
    fresh = (
        postgresql.insert(_VOTE)
        .values(values | {"value": sa.bindparam("vote"), "cast_at": now})
        .on_conflict_do_nothing()
        .returning(_VOTE.c.idea_id, _VOTE.c.participant_id, _VOTE.c.value, _VOTE.c.cast_at)
        .cte("fresh")
    )
    event = sa.insert(_EVENT).from_select(["idea_id", "participant_id", "value", "at"], sa.select(fresh))
    counts = {name: _TALLY.c[name] + sa.case((fresh.c.value == value, 1), else_=0) for value, name in COUNTER.items()}
    return (
        sa.update(_TALLY)
        .where(_TALLY.c.idea_id == fresh.c.idea_id)
        .values(counts)
        .returning(_TALLY.c.agree, _TALLY.c.disagree, _TALLY.c["pass"])
        .add_cte(event.cte("event"))
    )


def _swap(participant_id: int, wanted: Mapping[int, int | None], tried: bool) -> dict[int, int | None]:
    """Put the wanted values in the one row that each idea can have, and give back what stood there before.

    A first vote is an INSERT that a second device's INSERT waits for at the primary key; a change locks the row first.
    So what is given back is what this very transaction replaced, and the tallies move by the true differences.

    :param tried: an INSERT has just found votes there
    """
    before: dict[int, int | None] = dict.fromkeys(wanted)
    left = dict(wanted)
    while left:
        casting = {idea_id: value for idea_id, value in left.items() if value is not None}
        fresh: set[int] = set() if tried else _insert(participant_id, casting)
        there = _lock(participant_id, left.keys() - fresh)
        before |= there
        _replace(participant_id, {i: wanted[i] for i, value in there.items() if value != wanted[i]})
        tried = False  # a vote that another device cleared between the two statements is a first vote again
        left = {i: value for i, value in left.items() if value is not None and i not in fresh and i not in there}
    return before


def _insert(participant_id: int, casting: Mapping[int, int]) -> set[int]:
    """:return: the ideas on which there was no vote; the others' rows are left as they are"""
    if not casting:
        return set()
    now = clock.now()
    rows = [
        {"idea_id": idea_id, "participant_id": participant_id, "value": value, "cast_at": now}
        for idea_id, value in casting.items()
    ]
    return set(db.session.scalars(insert_or_ignore(db.session, _VOTE).returning(_VOTE.c.idea_id), rows))


def _lock(participant_id: int, idea_ids: Set[int]) -> dict[int, int]:
    """The present votes on these ideas, held against other devices until the commit."""
    if not idea_ids:
        return {}
    query = (
        sa.select(_VOTE.c.idea_id, _VOTE.c.value)
        .where(_VOTE.c.participant_id == participant_id, _VOTE.c.idea_id.in_(sorted(idea_ids)))
        .order_by(_VOTE.c.idea_id)
        .with_for_update()
    )
    return {row.idea_id: row.value for row in db.session.execute(query)}


def _replace(participant_id: int, wanted: Mapping[int, int | None]) -> None:
    mine = sa.and_(_VOTE.c.participant_id == participant_id, _VOTE.c.idea_id == sa.bindparam("idea"))
    cleared = [{"idea": idea_id} for idea_id, value in wanted.items() if value is None]
    if cleared:
        db.session.execute(sa.delete(_VOTE).where(mine), cleared)
    now = clock.now()
    recast = [{"idea": i, "value": value, "cast_at": now} for i, value in wanted.items() if value is not None]
    if recast:
        db.session.execute(sa.update(_VOTE).where(mine), recast)


def _count(participant_id: int, before: Mapping[int, int | None], changed: Mapping[int, int | None]) -> None:
    """The events, and the tallies by the differences."""
    now = clock.now()
    events = [
        {"idea_id": idea_id, "participant_id": participant_id, "value": value, "at": now}
        for idea_id, value in changed.items()
    ]
    db.session.execute(sa.insert(_EVENT), events)
    moves = [
        {"idea": idea_id} | {name: (value == kind) - (before[idea_id] == kind) for kind, name in COUNTER.items()}
        for idea_id, value in changed.items()
    ]
    db.session.execute(_MOVE, moves)


def _standings(wanted: Mapping[int, int | None]) -> list[Standing]:
    columns = (_TALLY.c.idea_id, _TALLY.c.agree, _TALLY.c.disagree, _TALLY.c["pass"])
    rows = db.session.execute(sa.select(*columns).where(_TALLY.c.idea_id.in_(list(wanted))).order_by(_TALLY.c.idea_id))
    return [Standing(idea_id, wanted[idea_id], *counts) for idea_id, *counts in rows]


_FIRST_VOTE = _first_vote_statement()
_MOVE = (
    sa.update(_TALLY)
    .where(_TALLY.c.idea_id == sa.bindparam("idea"))
    .values({name: _TALLY.c[name] + sa.bindparam(name, type_=sa.Integer) for name in COUNTER.values()})
)

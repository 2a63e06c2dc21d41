"""Cast, change and clear votes: the votes, their events and the tallies in one transaction.

Lock order, which prevents deadlocks between people and between one person's devices: first the voter and the ideas
(shared locks), then, for several votes at once, the person's name, then the votes' own rows, then the tallies, which
are changed last and locked for the shortest time; rows are ordered by idea id. No objects are loaded on this path,
because it is what a forum does most.

A moderator who excludes a person's votes locks the voter alone. A vote that waited for that has asked too early whether
it may be cast; then the trigger `vote_counts` refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import Base, insert_or_ignore, lock_name
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.voice.ideas.models import IdeaTally
from forum.voice.votes.models import AGREE, DISAGREE, PASS, VALUES, Vote, VoteEvent
from forum.voice.votes.permissions import can_vote, why_not_vote
from forum.voice.votes.queries import VotesExcluded, require_votable

COUNTERS = {AGREE: "agree", PASS: "pass", DISAGREE: "disagree"}
"""Value of a vote -> the column of the tally that counts it."""
# Statements on the tables themselves bypass the session's bookkeeping of objects.
_VOTE, _EVENT, _TALLY = (Base.metadata.tables[kind.__tablename__] for kind in (Vote, VoteEvent, IdeaTally))
MAX_BATCH_SIZE = 200
REFUSED_BY_TRIGGER = "votes of this participant do not count"
CHOOSE_ONE = "찬성, 반대, 넘김 가운데 하나를 골라 주세요."


@dataclass(frozen=True)
class VoteResult:
    """An idea's tally right after somebody's vote, and that vote. The counts are named as in `IdeaTally`."""

    idea_id: int
    own_vote: int | None
    agree: int
    disagree: int
    pass_: int


@dataclass(frozen=True)
class Ballot:
    """One vote as it is to be written.

    value : 1 찬성, 0 넘김, −1 반대, or None to clear the vote
    shown : with what probability a draw showed the idea; None where none did
    cast_at : when it was cast, if that was before now: then it does not replace what the person decided later
    """

    value: int | None
    shown: float | None = None
    cast_at: datetime | None = None


@dataclass(frozen=True)
class Written:
    """What writing ballots met, by idea id.

    old : the vote before; None where there was none
    overtaken : the ballots that stayed without effect, because the person has decided otherwise since they were cast
    """

    old: dict[int, int | None]
    overtaken: set[int]


def cast_votes(
    votes: Mapping[int, int | None], actor: Actor, shown: Mapping[int, float] | None = None
) -> list[VoteResult]:
    """Set the actor's votes: all of them or, if one is refused, none. The caller commits.

    Casting the present vote again, or clearing where there is no vote, changes nothing.

    :param votes: idea id -> 1 찬성, 0 넘김, −1 반대, or None to clear the vote; 1 to `MAX_BATCH_SIZE` of them
    :param shown: idea id -> with what probability a draw showed it; stored with a first vote
    :return: one result per idea, ordered by idea id
    :raise InvalidInput: no votes or too many, or another value
    :raise Forbidden: not a citizen or facilitator who may take part
    :raise NotFound: an idea does not exist, or is hidden
    :raise WrongState: an idea is not open, or its voting phase is not, or the actor's votes there do not count
    """
    require(can_vote(actor), why_not_vote(actor))
    assert actor.participant_id is not None
    if not 0 < len(votes) <= MAX_BATCH_SIZE:
        raise InvalidInput({"votes": f"한 번에 1개에서 {MAX_BATCH_SIZE}개까지 투표할 수 있어요."})
    shown = shown or {}
    ballots = {idea_id: Ballot(_checked(votes[idea_id]), shown.get(idea_id)) for idea_id in sorted(votes)}
    require_votable(list(ballots), actor.participant_id)
    with told_if_excluded():
        try_insert = len(ballots) == 1 and db.engine.dialect.name == "postgresql"
        if try_insert:
            result = _cast_first_vote(actor.participant_id, *next(iter(ballots.items())))
            if result is not None:
                return [result]
        write_ballots(actor.participant_id, ballots, insert_failed=try_insert)
    return vote_results({idea_id: ballot.value for idea_id, ballot in ballots.items()})


@contextmanager
def told_if_excluded() -> Iterator[None]:
    """Say so in words where a trigger refuses a vote because of an exclusion that came meanwhile.

    :raise VotesExcluded:
    """
    try:
        yield
    except DBAPIError as error:
        if REFUSED_BY_TRIGGER not in str(error.orig):
            raise
        raise VotesExcluded from error


def confirm_votes(idea_ids: Sequence[int], actor: Actor) -> int:
    """Cast the actor's present votes on these ideas once more, as they are. The caller commits.

    Casting a present vote again changes nothing by itself (`cast_votes`); a person who is asked anew says so by this.
    Ideas without a vote are left out.

    :return: how many votes were confirmed
    :raise Forbidden: not a citizen or facilitator who may take part
    :raise NotFound: an idea does not exist, or is hidden
    :raise WrongState: an idea is not open, or its voting phase is not, or the actor's votes there do not count
    """
    require(can_vote(actor), why_not_vote(actor))
    assert actor.participant_id is not None
    require_votable(sorted(idea_ids), actor.participant_id)
    present = {i: row.value for i, row in _lock_votes(actor.participant_id, set(idea_ids)).items()}
    if present:
        with told_if_excluded():
            _update_votes(actor.participant_id, {i: Ballot(value) for i, value in present.items()})
        _record_changes(actor.participant_id, present, present)
        db.session.expire_all()
    return len(present)


def _checked(value: int | None) -> int | None:
    """:raise InvalidInput: not a vote's value; True and 1.0 are none either"""
    if value is not None and (type(value) is not int or value not in VALUES):
        raise InvalidInput({"value": CHOOSE_ONE})
    return value


def write_ballots(participant_id: int, ballots: Mapping[int, Ballot], insert_failed: bool = False) -> Written:
    """Write ballots, their events and the tallies. The caller has locked the ideas and has checked who votes on what.

    :param ballots: by idea id, in ascending order
    :param insert_failed: an INSERT has just found votes on all of these ideas
    """
    if len(ballots) > 1:
        # One person's batches go one after the other: a vote that another device clears meanwhile is inserted late, and
        # so out of the ideas' order, in which two batches could wait for each other.
        lock_name(db.session, f"votes of participant {participant_id}")
    written = _replace_votes(participant_id, ballots, insert_failed)
    changed = {
        idea_id: ballot.value
        for idea_id, ballot in ballots.items()
        if idea_id not in written.overtaken and written.old[idea_id] != ballot.value
    }
    if changed:
        _record_changes(participant_id, written.old, changed)
        db.session.expire_all()
    return written


def _cast_first_vote(participant_id: int, idea_id: int, ballot: Ballot) -> VoteResult | None:
    """Insert vote, event and tally in one statement of PostgreSQL: most votes are somebody's first on that idea.

    :return: None if there is a vote already (or the ballot clears it); nothing was changed then
    """
    if ballot.value is None:
        return None
    parameters = {
        "idea": idea_id,
        "participant": participant_id,
        "vote": ballot.value,
        "now": clock.now(),
        "shown": ballot.shown,
    }
    counts = db.session.execute(_FIRST_VOTE, parameters).one_or_none()
    if counts is None:
        return None
    db.session.expire_all()
    return VoteResult(idea_id, ballot.value, *counts)


def _first_vote_statement() -> sa.Update:
    """Data-modifying CTE: insert the vote (a second device's INSERT waits for it), insert its event, update the tally.

    The tally comes last, so that it is locked for the shortest time.
    """
    now = sa.bindparam("now", type_=_VOTE.c.cast_at.type)
    values: dict[str, Any] = {"idea_id": sa.bindparam("idea"), "participant_id": sa.bindparam("participant")}
    inserted = (
        postgresql.insert(_VOTE)
        .values(values | {"value": sa.bindparam("vote"), "cast_at": now, "shown_probability": sa.bindparam("shown")})
        .on_conflict_do_nothing()
        .returning(_VOTE.c.idea_id, _VOTE.c.participant_id, _VOTE.c.value, _VOTE.c.cast_at)
        .cte("inserted")
    )
    event = sa.insert(_EVENT).from_select(["idea_id", "participant_id", "value", "at"], sa.select(inserted))
    counts = {
        name: _TALLY.c[name] + sa.case((inserted.c.value == value, 1), else_=0) for value, name in COUNTERS.items()
    }
    return (
        sa.update(_TALLY)
        .where(_TALLY.c.idea_id == inserted.c.idea_id)
        .values(counts)
        .returning(_TALLY.c.agree, _TALLY.c.disagree, _TALLY.c["pass"])
        .add_cte(event.cte("event"))
    )


def _replace_votes(participant_id: int, new: Mapping[int, Ballot], insert_failed: bool) -> Written:
    """Write the new values into the one row that each idea can have, unless the row is newer than the ballot.

    A first vote is an INSERT, and a second device's INSERT waits for it at the primary key; a change locks the row
    first. So the old values are exactly what this transaction replaced, and the tallies move by the true differences.
    """
    old: dict[int, int | None] = dict.fromkeys(new)
    first: set[int] = set()
    overtaken: set[int] = set()
    remaining = dict(new)
    while remaining:
        cast = {idea_id: ballot for idea_id, ballot in remaining.items() if ballot.value is not None}
        inserted: set[int] = set() if insert_failed else _insert_votes(participant_id, cast)
        existing = _lock_votes(participant_id, remaining.keys() - inserted)
        old |= {i: row.value for i, row in existing.items()}
        differing = {i: row for i, row in existing.items() if row.value != new[i].value}
        newer = {i for i, row in differing.items() if _is_overtaken(new[i], row.cast_at)}
        _update_votes(participant_id, {i: new[i] for i in differing if i not in newer})
        first |= inserted
        overtaken |= newer
        insert_failed = False  # a vote that another device cleared between the two statements is a first vote again
        remaining = {i: ballot for i, ballot in cast.items() if i not in inserted and i not in existing}
    return Written(old, overtaken | _take_back_cleared(participant_id, {i: new[i] for i in sorted(first)}))


def _is_overtaken(ballot: Ballot, decided_at: datetime) -> bool:
    return ballot.cast_at is not None and ballot.cast_at < decided_at


def _insert_votes(participant_id: int, cast: Mapping[int, Ballot]) -> set[int]:
    """:return: the ideas that had no vote; the rows of the others stay as they are"""
    if not cast:
        return set()
    now = clock.now()
    rows = [
        {
            "idea_id": idea_id,
            "participant_id": participant_id,
            "value": ballot.value,
            "cast_at": ballot.cast_at or now,
            "shown_probability": ballot.shown,
        }
        for idea_id, ballot in cast.items()
    ]
    return set(db.session.scalars(insert_or_ignore(db.session, _VOTE).returning(_VOTE.c.idea_id), rows))


def _lock_votes(participant_id: int, idea_ids: Set[int]) -> dict[int, sa.Row[*tuple[Any, ...]]]:
    """Return value and time of the present votes on these ideas, locked against other devices until the commit."""
    if not idea_ids:
        return {}
    query = (
        sa.select(_VOTE.c.idea_id, _VOTE.c.value, _VOTE.c.cast_at)
        .where(_VOTE.c.participant_id == participant_id, _VOTE.c.idea_id.in_(sorted(idea_ids)))
        .order_by(_VOTE.c.idea_id)
        .with_for_update()
    )
    return {row.idea_id: row for row in db.session.execute(query)}


def _update_votes(participant_id: int, new: Mapping[int, Ballot]) -> None:
    """Delete the rows whose new value is None and update the others; all of them exist and are locked."""
    own_row = sa.and_(_VOTE.c.participant_id == participant_id, _VOTE.c.idea_id == sa.bindparam("idea"))
    cleared = [{"idea": idea_id} for idea_id, ballot in new.items() if ballot.value is None]
    if cleared:
        db.session.execute(sa.delete(_VOTE).where(own_row), cleared)
    now = clock.now()
    updated = [
        {"idea": idea_id, "value": ballot.value, "cast_at": ballot.cast_at or now}
        for idea_id, ballot in new.items()
        if ballot.value is not None
    ]
    if updated:
        db.session.execute(sa.update(_VOTE).where(own_row), updated)


def _take_back_cleared(participant_id: int, first: Mapping[int, Ballot]) -> set[int]:
    """Delete those of the votes just inserted that the person has cleared since they were cast; return their ideas.

    Only ballots from before now can be so, and only they are looked up. The look-up comes after the INSERT, which has
    waited for a clearing under way on another device.
    """
    earlier = {idea_id: ballot for idea_id, ballot in first.items() if ballot.cast_at is not None}
    if not earlier:
        return set()
    query = (
        sa.select(_EVENT.c.idea_id, sa.func.max(_EVENT.c.at).label("at"))
        .where(_EVENT.c.participant_id == participant_id, _EVENT.c.idea_id.in_(list(earlier)), _EVENT.c.value.is_(None))
        .group_by(_EVENT.c.idea_id)
    )
    cleared = {row.idea_id for row in db.session.execute(query) if _is_overtaken(earlier[row.idea_id], row.at)}
    if cleared:
        _update_votes(participant_id, {idea_id: Ballot(None) for idea_id in sorted(cleared)})
    return cleared


def _record_changes(participant_id: int, old: Mapping[int, int | None], changed: Mapping[int, int | None]) -> None:
    """Insert the events, then move the tallies by the differences."""
    now = clock.now()
    events = [
        {"idea_id": idea_id, "participant_id": participant_id, "value": value, "at": now}
        for idea_id, value in changed.items()
    ]
    db.session.execute(sa.insert(_EVENT), events)
    move_tallies(
        {
            idea_id: {name: (value == kind) - (old[idea_id] == kind) for kind, name in COUNTERS.items()}
            for idea_id, value in changed.items()
        }
    )


def move_tallies(changes: Mapping[int, Mapping[str, int]]) -> None:
    """Add these numbers to the tallies: idea id, ascending -> column -> how many more."""
    if changes:
        db.session.execute(_MOVE_TALLY, [{"idea": idea_id, **counts} for idea_id, counts in changes.items()])


def vote_results(votes: Mapping[int, int | None]) -> list[VoteResult]:
    """Return the tallies of these ideas beside the actor's votes on them, ordered by idea id."""
    columns = (_TALLY.c.idea_id, _TALLY.c.agree, _TALLY.c.disagree, _TALLY.c["pass"])
    rows = db.session.execute(sa.select(*columns).where(_TALLY.c.idea_id.in_(list(votes))).order_by(_TALLY.c.idea_id))
    return [VoteResult(idea_id, votes[idea_id], *counts) for idea_id, *counts in rows]


_FIRST_VOTE = _first_vote_statement()
_MOVE_TALLY = (
    sa.update(_TALLY)
    .where(_TALLY.c.idea_id == sa.bindparam("idea"))
    .values({name: _TALLY.c[name] + sa.bindparam(name, type_=sa.Integer) for name in COUNTERS.values()})
)

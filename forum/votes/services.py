"""Casting, changing and clearing a vote: the vote, its event and the tally in one transaction.

The order is always the same, so that two people (or one person with two devices) never wait for each other in a
circle: first the vote's own row, then the idea's tally, which is changed last and held shortest.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from forum import clock
from forum.access import Actor, require
from forum.campaigns.models import PhaseKind
from forum.campaigns.queries import require_open
from forum.errors import InvalidInput, WrongState
from forum.extensions import db
from forum.ideas.models import Idea, IdeaState, IdeaTally
from forum.votes.models import AGREE, DISAGREE, PASS, VALUES, Vote, VoteEvent
from forum.votes.permissions import can_vote, why_not_vote

COUNTER = {AGREE: IdeaTally.agree, PASS: IdeaTally.pass_, DISAGREE: IdeaTally.disagree}


def cast_vote(idea: Idea, actor: Actor, value: int) -> None:
    """Make `value` the actor's vote on the idea, whatever it was before. The caller commits.

    :param value: 1 찬성, 0 넘김, −1 반대; casting the present vote again changes nothing
    :raise InvalidInput: another value
    :raise Forbidden: not a confirmed citizen or facilitator
    :raise WrongState: the idea is not open, or the voting phase is not
    """
    if type(value) is not int or value not in VALUES:
        raise InvalidInput({"value": "찬성, 반대, 넘김 가운데 하나를 골라 주세요."})
    participant_id = _voter(idea, actor)
    before = _swap(idea.id, participant_id, value)
    if before != value:
        _note(idea.id, participant_id, before, value)


def clear_vote(idea: Idea, actor: Actor) -> None:
    """Take the actor's vote back. Clearing where there is none changes nothing. The caller commits.

    :raise Forbidden: as `cast_vote`
    :raise WrongState: as `cast_vote`
    """
    participant_id = _voter(idea, actor)
    before = db.session.scalar(
        sa.delete(Vote)
        .where(Vote.idea_id == idea.id, Vote.participant_id == participant_id)
        .returning(Vote.value)
        .execution_options(synchronize_session=False)
    )
    if before is not None:
        _note(idea.id, participant_id, before, None)


def _voter(idea: Idea, actor: Actor) -> int:
    require(can_vote(actor), why_not_vote(actor))
    require_open(idea.campaign, PhaseKind.VOTING)
    # The idea's row is read again under a shared lock: a withdrawal that is under way is waited for, not overtaken.
    state = db.session.scalar(sa.select(Idea.state).where(Idea.id == idea.id).with_for_update(read=True))
    if state is not IdeaState.OPEN:
        raise WrongState(f"{(state or IdeaState.WITHDRAWN).label} 상태인 제안에는 투표할 수 없습니다.")
    assert actor.participant_id is not None
    return actor.participant_id


def _swap(idea_id: int, participant_id: int, value: int) -> int | None:
    """Put `value` in the one row there can be, and give back what stood there before.

    A first vote is an INSERT that a second device's INSERT waits for at the primary key; a change locks the row first.
    So the value given back is what this very statement replaced, and the tally moves by the true difference.
    """
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    fresh = db.session.execute(
        insert(Vote)
        .values(idea_id=idea_id, participant_id=participant_id, value=value, cast_at=clock.now())
        .on_conflict_do_nothing()
        .returning(Vote.value)
        .execution_options(synchronize_session=False)
    ).first()
    if fresh is not None:
        return None
    mine = sa.and_(Vote.idea_id == idea_id, Vote.participant_id == participant_id)
    before = db.session.scalar(sa.select(Vote.value).where(mine).with_for_update())
    if before is None:  # cleared by another device between the two statements
        return _swap(idea_id, participant_id, value)
    if before != value:
        db.session.execute(
            sa.update(Vote)
            .where(mine)
            .values(value=value, cast_at=clock.now())
            .execution_options(synchronize_session=False)
        )
    return before


def _note(idea_id: int, participant_id: int, before: int | None, after: int | None) -> None:
    """The event, and the tally by the difference."""
    db.session.execute(
        sa.insert(VoteEvent).values(idea_id=idea_id, participant_id=participant_id, value=after, at=clock.now())
    )
    changes = {}
    if before is not None:
        changes[COUNTER[before]] = COUNTER[before] - 1
    if after is not None:
        changes[COUNTER[after]] = COUNTER[after] + 1
    db.session.execute(
        sa.update(IdeaTally)
        .where(IdeaTally.idea_id == idea_id)
        .values(changes)
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()

"""평가 회차: opened when a milestone is marked done, ended when it is reopened or another answer takes its place.

The caller holds the lock of the letter (`referrals.locks`), which comes before these rows; ratings come after them.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor
from forum.core.extensions import db
from forum.response.delivery.models import RatingRound, RoundEnd
from forum.response.referrals.models import Answer, Milestone


def follow_progress(milestone: Milestone) -> None:
    """Open a round for a milestone that is done, or end that of one that is not. The caller commits."""
    open_now = sa.select(RatingRound).where(RatingRound.milestone_id == milestone.id, RatingRound.ended_at.is_(None))
    found = db.session.scalar(open_now.with_for_update(of=RatingRound).execution_options(populate_existing=True))
    if milestone.is_closed and found is None:
        _open(milestone)
    elif not milestone.is_closed and found is not None:
        _end(found, RoundEnd.REOPENED)
    db.session.flush()


def follow_answer(answer: Answer, _actor: Actor) -> None:
    """End the rounds of the answers before this one. The caller commits.

    A step that the answer carries over unchanged, with its progress, takes its open round along; one that is done and
    has none gets its first.
    """
    done: dict[tuple[str, date], list[Milestone]] = defaultdict(list)
    for milestone in answer.milestones:
        if milestone.is_closed:
            done[milestone.title, milestone.due_on].append(milestone)
    for found in _open_rounds_before(answer):
        same = done[found.milestone.title, found.milestone.due_on]
        if same:
            found.milestone = same.pop(0)
        else:
            _end(found, RoundEnd.REPLACED)
    db.session.flush()  # before new rounds: a milestone has one open round
    for left in done.values():
        for milestone in left:
            _open(milestone)
    db.session.flush()


def _open_rounds_before(answer: Answer) -> list[RatingRound]:
    query = (
        sa.select(RatingRound)
        .join(Milestone, Milestone.id == RatingRound.milestone_id)
        .join(Answer, Answer.id == Milestone.answer_id)
        .where(Answer.referral_id == answer.referral_id, Answer.id != answer.id, RatingRound.ended_at.is_(None))
        .order_by(RatingRound.id)
        .with_for_update(of=RatingRound)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def _open(milestone: Milestone) -> None:
    last = sa.select(sa.func.max(RatingRound.number)).where(RatingRound.milestone_id == milestone.id)
    db.session.add(RatingRound(milestone_id=milestone.id, number=(db.session.scalar(last) or 0) + 1))


def _end(found: RatingRound, because: RoundEnd) -> None:
    found.ended_at, found.ended_because = max(clock.now(), found.opened_at), because

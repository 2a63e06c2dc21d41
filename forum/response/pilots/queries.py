from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.response.pilots.models import Pilot, PilotOrigin, PilotReading, PilotState, ReadingPhase
from forum.response.pilots.results import Result, result_of
from forum.response.referrals.models import Answer, MinistryAssignment, Referral
from forum.response.shortpath.models import ShortAnswer, ShortAnswerKind


def get_pilot(pilot_id: int) -> Pilot:
    """:raise NotFound: no such pilot"""
    query = sa.select(Pilot).where(Pilot.id == pilot_id).options(*_WHOLE)
    pilot = db.session.scalar(query)
    if pilot is None:
        raise NotFound("그런 시범이 없어요.")
    return pilot


def promises_pilot(referral: Referral) -> bool:
    """Return whether the letter's present answer says that the office tries first."""
    answer = referral.published_answer
    return answer is not None and bool(
        db.session.scalar(
            sa.select(sa.exists().where(ShortAnswer.answer_id == answer.id, ShortAnswer.kind == ShortAnswerKind.PILOT))
        )
    )


def pilots_of(referral_ids: Sequence[int]) -> Sequence[Pilot]:
    """Return the pilots of these letters and what others took over from them, oldest first."""
    query = sa.select(Pilot).where(Pilot.referral_id.in_(referral_ids)).order_by(Pilot.id).options(*_WHOLE)
    return db.session.scalars(query).all()


def family_of(pilot: Pilot) -> Sequence[Pilot]:
    """Return who did what: the first pilot and everything that followed from it, oldest first."""
    return pilots_of([pilot.referral_id])


def waiting_promises(ministry_id: int) -> Sequence[Referral]:
    """Return the office's letters whose answer promises a pilot that nobody has planned yet, oldest first."""
    later = aliased(Answer)
    query = (
        sa.select(Referral)
        .join(Referral.assignments)
        .join(Answer, Answer.referral_id == Referral.id)
        .join(ShortAnswer, ShortAnswer.answer_id == Answer.id)
        .where(
            MinistryAssignment.is_lead,
            MinistryAssignment.ministry_id == ministry_id,
            Answer.published_at.is_not(None),
            ShortAnswer.kind == ShortAnswerKind.PILOT,
            ~sa.exists().where(
                later.referral_id == Referral.id, later.published_at.is_not(None), later.version > Answer.version
            ),
            ~sa.exists().where(
                Pilot.referral_id == Referral.id,
                Pilot.origin == PilotOrigin.ANSWER,
                Pilot.state != PilotState.CANCELLED,
            ),
        )
        .order_by(Referral.id)
    )
    return db.session.scalars(query).unique().all()


def reading_of(pilot: Pilot, phase: ReadingPhase) -> PilotReading | None:
    return next((reading for reading in pilot.readings if reading.phase is phase), None)


def result_of_pilot(pilot: Pilot) -> Result | None:
    """Return the difference between before and after; None while one of the two is missing."""
    before, after = reading_of(pilot, ReadingPhase.BEFORE), reading_of(pilot, ReadingPhase.AFTER)
    if before is None or after is None:
        return None
    return result_of(pilot.measure_kind, pilot.better, before, after)


_WHOLE = (
    joinedload(Pilot.ministry),
    joinedload(Pilot.referral).joinedload(Referral.theme),
    selectinload(Pilot.readings),
    selectinload(Pilot.reports),
)

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from forum.analysis.curation.paging import Page, one_page
from forum.analysis.themes.models import Theme
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.response.pilots.models import (
    Pilot,
    PilotDecision,
    PilotOrigin,
    PilotReading,
    PilotReport,
    PilotState,
    ReadingPhase,
)
from forum.response.pilots.results import Result, result_of
from forum.response.referrals.models import Answer, MinistryAssignment, Referral
from forum.response.shortpath.models import ShortAnswer, ShortAnswerKind
from forum.voice.campaigns.models import Campaign

MOST_TO_TAKE_OVER = 10


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


def taken_over_by(pilot: Pilot, ministry_id: int | None) -> Pilot | None:
    """Return what an office took over from this pilot, if it did."""
    query = sa.select(Pilot).where(
        Pilot.parent_id == pilot.id,
        Pilot.ministry_id == ministry_id,
        Pilot.origin == PilotOrigin.SPREAD,
        Pilot.state != PilotState.CANCELLED,
    )
    return db.session.scalar(query.limit(1))


def pilots_of_campaign(campaign: Campaign, number: int) -> Page[Pilot]:
    """Return one page of a campaign's pilots, newest first; those that were given up come last."""
    of_campaign = (
        sa.select(Pilot)
        .join(Referral, Referral.id == Pilot.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(Theme.campaign_id == campaign.id)
    )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(of_campaign.subquery())) or 0
    query = of_campaign.order_by(Pilot.state == PilotState.CANCELLED, Pilot.id.desc()).options(*_WHOLE)
    return Page(db.session.scalars(one_page(query, number)).all(), number, total)


def pilots_to_take_over(ministry_id: int) -> Sequence[Pilot]:
    """Return the newest pilots of other offices that are to be spread and that this office has not taken over."""
    taken = aliased(Pilot)
    query = (
        sa.select(Pilot)
        .where(
            Pilot.decision == PilotDecision.SPREAD,
            Pilot.ministry_id != ministry_id,
            ~sa.exists().where(
                taken.parent_id == Pilot.id,
                taken.ministry_id == ministry_id,
                taken.origin == PilotOrigin.SPREAD,
                taken.state != PilotState.CANCELLED,
            ),
        )
        .order_by(Pilot.decided_at.desc(), Pilot.id.desc())
        .limit(MOST_TO_TAKE_OVER)
        .options(*_WHOLE)
    )
    return db.session.scalars(query).all()


def pilots_under_way(ministry_id: int) -> Sequence[Pilot]:
    """Return the office's pilots that are planned or running, the first to end first."""
    query = (
        sa.select(Pilot)
        .where(Pilot.ministry_id == ministry_id, Pilot.state.in_((PilotState.PLANNED, PilotState.RUNNING)))
        .order_by(Pilot.ends_on, Pilot.id)
        .options(*_WHOLE)
    )
    return db.session.scalars(query).all()


def get_report(report_id: int) -> PilotReport:
    """:raise NotFound: no such report"""
    report = db.session.get(PilotReport, report_id)
    if report is None:
        raise NotFound("그런 소식이 없어요.")
    return report


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

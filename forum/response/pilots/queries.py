from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from forum.analysis.curation.paging import Page, one_page
from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.pilots.models import (
    Pilot,
    PilotDecision,
    PilotOrigin,
    PilotReading,
    PilotReport,
    PilotState,
    PromiseReminder,
    ReadingPhase,
)
from forum.response.pilots.results import Result, result_of
from forum.response.referrals.models import Answer, MinistryAssignment, Referral
from forum.response.referrals.queries import is_current_answer
from forum.response.shortpath.models import ShortAnswer, ShortAnswerKind
from forum.response.shortpath.queries import current_kind
from forum.voice.campaigns.models import Campaign

MOST_TO_TAKE_OVER = 10


def get_pilot(pilot_id: int) -> Pilot:
    """:raise NotFound: no such pilot"""
    query = sa.select(Pilot).where(Pilot.id == pilot_id).options(*_WHOLE)
    pilot = db.session.scalar(query)
    if pilot is None:
        raise NotFound(_("그런 시범이 없어요."))
    return pilot


def letter_promises_pilot(referral_id: int) -> bool:
    """Return whether the letter's present answer says that the office tries first."""
    return current_kind(referral_id) is ShortAnswerKind.PILOT


def pilots_of(referral_ids: Sequence[int]) -> Sequence[Pilot]:
    """Return the pilots of these letters and what others took over from them, oldest first."""
    query = sa.select(Pilot).where(Pilot.referral_id.in_(referral_ids)).order_by(Pilot.id).options(*_WHOLE)
    return db.session.scalars(query).all()


def family_of(pilot: Pilot) -> Sequence[Pilot]:
    """Return who did what: the first pilot and everything that followed from it, oldest first."""
    return pilots_of([pilot.referral_id])


def pilots_of_theme(theme_id: int) -> Sequence[Pilot]:
    """Return the pilots of a theme's letters, oldest first."""
    letters = sa.select(Referral.id).where(Referral.theme_id == theme_id)
    query = sa.select(Pilot).where(Pilot.referral_id.in_(letters)).order_by(Pilot.id).options(*_WHOLE)
    return db.session.scalars(query).all()


def waiting_promises(ministry_id: int) -> Sequence[Referral]:
    """Return the office's letters whose answer promises a pilot that nobody has planned yet, oldest first."""
    query = (
        sa.select(Referral)
        .join(Answer, Answer.referral_id == Referral.id)
        .where(_promises_without_pilot(), _leads(ministry_id))
        .order_by(Referral.id)
    )
    return db.session.scalars(query).unique().all()


def count_waiting(ministry_id: int) -> tuple[int, int]:
    """Return how many promised pilots an office has not planned, and how many of its pilots wait for a reading after.

    The second: running, and their last day is here or over. One statement.
    """
    promised = sa.select(sa.func.count(Answer.id)).where(_promises_without_pilot(), _leads(ministry_id))
    ended = sa.select(sa.func.count(Pilot.id)).where(
        Pilot.ministry_id == ministry_id,
        Pilot.state == PilotState.RUNNING,
        Pilot.ends_on <= clock.today(),
        _is_not_measured_after(),
    )
    n_promised, n_ended = db.session.execute(sa.select(promised.scalar_subquery(), ended.scalar_subquery())).one()
    return int(n_promised), int(n_ended)


def promises_to_remind(published_before: datetime) -> Sequence[int]:
    """Return the ids of answers that promised a pilot before this moment; nobody planned it or was reminded of it."""
    query = (
        sa.select(Answer.id)
        .where(
            _promises_without_pilot(),
            Answer.published_at <= published_before,
            ~sa.exists().where(PromiseReminder.answer_id == Answer.id),
        )
        .order_by(Answer.id)
    )
    return db.session.scalars(query).all()


def is_waiting_promise(answer_id: int) -> bool:
    """Return whether this answer is the letter's present one, promises a pilot, and nobody has planned it."""
    found = sa.select(Answer.id).where(Answer.id == answer_id, _promises_without_pilot())
    return db.session.scalar(found) is not None


def pilots_to_remind(soon_until: date) -> Sequence[int]:
    """Return the ids of pilots whose office is to hear of their end today.

    Running and not measured after: once when the last day is not after `soon_until`, once when it is here or over.
    Planned and never started: once when it is over.
    """
    today = clock.today()
    running = sa.and_(Pilot.state == PilotState.RUNNING, _is_not_measured_after())
    comes = sa.and_(Pilot.ends_on > today, Pilot.ends_on <= soon_until, Pilot.soon_reminded_at.is_(None))
    is_here = sa.and_(Pilot.ends_on <= today, Pilot.end_reminded_at.is_(None))
    never_started = sa.and_(Pilot.state == PilotState.PLANNED, Pilot.ends_on < today, Pilot.end_reminded_at.is_(None))
    query = sa.select(Pilot.id).where(sa.or_(sa.and_(running, sa.or_(comes, is_here)), never_started))
    return db.session.scalars(query.order_by(Pilot.id)).all()


def _promises_without_pilot() -> sa.ColumnElement[bool]:
    """Return the condition that the `Answer` is its letter's present one and promises a pilot that nobody planned."""
    promised = sa.exists().where(ShortAnswer.answer_id == Answer.id, ShortAnswer.kind == ShortAnswerKind.PILOT)
    planned = sa.exists().where(
        Pilot.referral_id == Answer.referral_id,
        Pilot.origin == PilotOrigin.ANSWER,
        Pilot.state != PilotState.CANCELLED,
    )
    return sa.and_(is_current_answer(), promised, ~planned)


def _leads(ministry_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that the office is the leading one of the `Answer`'s letter."""
    return sa.exists().where(
        MinistryAssignment.referral_id == Answer.referral_id,
        MinistryAssignment.is_lead,
        MinistryAssignment.ministry_id == ministry_id,
    )


def _is_not_measured_after() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(PilotReading.pilot_id == Pilot.id, PilotReading.phase == ReadingPhase.AFTER)


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
        raise NotFound(_("그런 소식이 없어요."))
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

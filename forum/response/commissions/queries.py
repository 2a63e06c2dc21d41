from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.core import clock
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.rounds.models import CouncilTask, TaskState
from forum.response.commissions.models import Commission, QuarterlyReport
from forum.response.commissions.quarters import parse_quarter, quarter_of
from forum.response.referrals.models import Answer, AssignmentState, Decision, MinistryAssignment, Referral
from forum.response.referrals.queries import REFERRAL_LOADERS, is_current_answer

DAYS_BEFORE_DUE = 7
DAYS_BETWEEN_REMINDERS = 14
MOST_LISTED = 200


def get_chosen_task(task_id: int) -> CouncilTask:
    """:raise NotFound: no such task, or the council has not chosen it"""
    task = db.session.get(CouncilTask, task_id)
    if task is None or task.state is not TaskState.CHOSEN:
        raise NotFound(_("그런 대표과제가 없어요."))
    return task


def commission_of(task_id: int) -> Commission | None:
    """Return what took a task to its ministries, with its letter and reports; None if it was not sent."""
    return db.session.scalar(sa.select(Commission).where(Commission.task_id == task_id).options(*_WHOLE))


def get_report(task_id: int, quarter: str) -> QuarterlyReport:
    """:param quarter: as `quarter_code` says it

    :raise NotFound:
    """
    quarter_from = parse_quarter(quarter)
    query = sa.select(QuarterlyReport).where(
        QuarterlyReport.task_id == task_id, QuarterlyReport.quarter_from == quarter_from
    )
    found = db.session.scalar(query) if quarter_from else None
    if found is None:
        raise NotFound(_("그런 분기 보고가 없어요."))
    return found


def all_commissions() -> Sequence[Commission]:
    """Return the newest commissions, with their letters and reports."""
    query = sa.select(Commission).order_by(Commission.sent_at.desc(), Commission.task_id.desc()).limit(MOST_LISTED)
    return db.session.scalars(query.options(*_WHOLE, joinedload(Commission.task))).all()


def commissions_of_tasks(task_ids: Collection[int]) -> dict[int, Commission]:
    """Return commissions by task; those that were not sent are left out."""
    if not task_ids:
        return {}
    query = sa.select(Commission).where(Commission.task_id.in_(task_ids)).order_by(Commission.task_id).options(*_WHOLE)
    return {one.task_id: one for one in db.session.scalars(query)}


def unsent_tasks(round_id: int | None = None) -> Sequence[CouncilTask]:
    """Return the chosen tasks that were not sent yet, of one round or of all, the oldest first."""
    query = sa.select(CouncilTask).where(_is_unsent()).options(joinedload(CouncilTask.round))
    if round_id is not None:
        query = query.where(CouncilTask.round_id == round_id)
    return db.session.scalars(query.order_by(CouncilTask.round_id, CouncilTask.number)).all()


def count_unsent() -> int:
    return db.session.scalar(sa.select(sa.func.count(CouncilTask.id)).where(_is_unsent())) or 0


def commissions_led_by(ministry_id: int) -> Sequence[Commission]:
    """Return the commissions of a ministry that leads them now, the newest first."""
    query = sa.select(Commission).where(_led_by(ministry_id)).order_by(Commission.task_id.desc()).limit(MOST_LISTED)
    return db.session.scalars(query.options(*_WHOLE, joinedload(Commission.task))).all()


def count_reports_to_write(ministry_id: int) -> int:
    """Return how many reports wait for a ministry: those on quarters that are over."""
    this_quarter = quarter_of(clock.today())
    query = (
        sa.select(sa.func.count(QuarterlyReport.id))
        .join(Commission, Commission.task_id == QuarterlyReport.task_id)
        .where(
            QuarterlyReport.published_at.is_(None), QuarterlyReport.quarter_from < this_quarter, _led_by(ministry_id)
        )
    )
    return db.session.scalar(query) or 0


def reports_to_remind() -> Sequence[int]:
    """Return the ids of reports to remind of today: soon due, late, and every two weeks after."""
    query = sa.select(QuarterlyReport.id).where(is_to_be_reminded()).order_by(QuarterlyReport.id)
    return db.session.scalars(query).all()


def is_to_be_reminded() -> sa.ColumnElement[bool]:
    """Return the condition that a report is to be written and was not reminded of at this step yet."""
    today = clock.today()
    reminded = QuarterlyReport.reminded_on
    is_soon = sa.and_(reminded.is_(None), QuarterlyReport.due_on <= today + timedelta(days=DAYS_BEFORE_DUE))
    is_late = sa.and_(QuarterlyReport.due_on < today, reminded <= QuarterlyReport.due_on)
    is_later = sa.and_(reminded > QuarterlyReport.due_on, reminded <= today - timedelta(days=DAYS_BETWEEN_REMINDERS))
    return sa.and_(QuarterlyReport.published_at.is_(None), sa.or_(is_soon, is_late, is_later))


def commissions_without(quarter_from: date) -> Sequence[int]:
    """Return the tasks that have no report on this quarter yet, and on which a ministry works: neither is everything
    done that its answer promised, nor was the task declined.
    """
    has_report = sa.exists().where(
        QuarterlyReport.task_id == Commission.task_id, QuarterlyReport.quarter_from >= quarter_from
    )
    goes_on = sa.exists().where(
        MinistryAssignment.referral_id == Commission.referral_id,
        MinistryAssignment.is_lead,
        MinistryAssignment.state != AssignmentState.COMPLETED,
    )
    is_declined = sa.exists().where(
        Answer.referral_id == Commission.referral_id, is_current_answer(), Answer.decision == Decision.DECLINED
    )
    query = sa.select(Commission.task_id).where(~has_report, goes_on, ~is_declined).order_by(Commission.task_id)
    return db.session.scalars(query).all()


def tasks_of_theme(theme_id: int) -> Sequence[CouncilTask]:
    """Return the tasks that come from a theme, or whose letter is about it, by round."""
    sent = (
        sa.select(Commission.task_id)
        .join(Referral, Referral.id == Commission.referral_id)
        .where(Referral.theme_id == theme_id)
    )
    query = (
        sa.select(CouncilTask)
        .where(sa.or_(CouncilTask.theme_id == theme_id, CouncilTask.id.in_(sent)))
        .options(joinedload(CouncilTask.round))
        .order_by(CouncilTask.id)
    )
    return db.session.scalars(query).all()


def _is_unsent() -> sa.ColumnElement[bool]:
    return sa.and_(CouncilTask.state == TaskState.CHOSEN, ~sa.exists().where(Commission.task_id == CouncilTask.id))


def _led_by(ministry_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        MinistryAssignment.referral_id == Commission.referral_id,
        MinistryAssignment.is_lead,
        MinistryAssignment.ministry_id == ministry_id,
    )


_WHOLE: tuple[Any, ...] = (
    joinedload(Commission.referral).options(*REFERRAL_LOADERS),
    selectinload(Commission.reports),
)

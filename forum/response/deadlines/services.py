"""Periodic upkeep of referrals.

A letter that no officer acknowledges is deemed received, a clock resumes after a correction that did not come, and
officers are reminded of due dates. The task `deadlines.keep_clocks` runs each duty in a transaction of its own; it is
safe at any time and in two workers at once.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.workdays import deemed_received_on
from forum.response.deadlines.mails import notify_of_due_date, notify_of_lapse
from forum.response.deadlines.queries import waiting_clocks
from forum.response.referrals.facts import EVENTS
from forum.response.referrals.history import apply_transition, record_event
from forum.response.referrals.locks import lock_referral
from forum.response.referrals.models import AssignmentState, EventType, ReferralEvent, ResponseClock
from forum.system.audit.services import record

DAYS_BEFORE = (7, 3, 1, 0)
EVERY_DAYS_AFTER = 7


Duty = Callable[[ResponseClock], None]
"""Does what is due for a clock, which is locked. The caller commits."""


def clocks_with_duties() -> list[int]:
    """Return the ids of the clocks for which something is due today. Only reads."""
    return [one.id for one in waiting_clocks() if _duty(one) is not None]


def do_duty(one: ResponseClock) -> bool:
    """Do what is due for a clock today; return whether anything was. The caller commits.

    It is asked again under the lock: an officer may have answered, or another worker may have been faster.
    """
    lock_referral(one.assignment.referral)
    duty = _duty(one)
    if duty is not None:
        duty(one)
    return duty is not None


def _duty(one: ResponseClock) -> Duty | None:
    """Return what is due for this clock today, or None."""
    today = clock.today()
    if one.ended_on is not None:
        return None
    if one.assignment.state is AssignmentState.SENT and deemed_received_on(one.assignment.arrived_on) < today:
        return _deem_received
    if one.stopped_until is not None:
        return _end_stop if one.stopped_until < today else None
    stage = _stage(one)
    return None if stage is None or _is_reminded(one, stage) else _remind


def _deem_received(one: ResponseClock) -> None:
    apply_transition(one.assignment, EventType.DEEMED, SYSTEM)


def _end_stop(one: ResponseClock) -> None:
    apply_transition(one.assignment, EventType.CORRECTION_LAPSED, SYSTEM)
    notify_of_lapse(one.assignment)


def _remind(one: ResponseClock) -> None:
    """Send the reminder of the present stage."""
    stage = _stage(one)
    assert stage is not None
    words, key = _words(stage), _reminder_key(one, stage)
    referral = one.assignment.referral
    event = record_event(referral, EventType.REMINDED, SYSTEM, words, assignment=one.assignment, key=key)
    after = {"part_id": one.part_id, "stage": stage}
    record(SYSTEM, "referrals.reminded", referral, after=after, facts=EVENTS.of([event.id]))
    notify_of_due_date(one.assignment, words, key, is_overdue=stage > 0)


def _is_reminded(one: ResponseClock, stage: int) -> bool:
    """Return whether this stage's reminder was sent for the present due date; the event's key records it."""
    sent = sa.select(ReferralEvent.id).where(ReferralEvent.key == _reminder_key(one, stage))
    return db.session.scalar(sent) is not None


def _reminder_key(one: ResponseClock, stage: int) -> str:
    return f"remind:{one.id}:{one.due_on.isoformat()}:{stage}"


def _stage(one: ResponseClock) -> int | None:
    """Return the stage of the latest reminder due: -3 is three days before, 7 a week after; None if none is due yet.

    A stage lasts until the next one, so no reminder is lost if no worker runs for a day.
    """
    late = (clock.today() - one.due_on).days
    if late > 0:
        return max(1, late // EVERY_DAYS_AFTER * EVERY_DAYS_AFTER)
    reached = [days for days in DAYS_BEFORE if -late <= days]
    return -min(reached) if reached else None


def _words(stage: int) -> str:
    if stage == 0:
        return _("오늘이 답변 기한이에요.")
    if stage < 0:
        return _("답변 기한 %(days)d일 전이에요.", days=-stage)
    return _("답변 기한이 %(days)d일 지났어요.", days=stage)

"""Remind offices of pilots that end and of promised ones that nobody planned.

What was sent is remembered in `Pilot.soon_reminded_at`, `Pilot.end_reminded_at` and `PromiseReminder`; each is set
under a lock in the transaction that writes notices and mails, so two workers send one reminder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from forum.core import clock
from forum.core.database import insert_or_ignore
from forum.core.extensions import db
from forum.response.pilots.mails import remind_of_end, remind_of_promise
from forum.response.pilots.models import Pilot, PromiseReminder
from forum.response.pilots.queries import is_waiting_promise, pilots_to_remind, promises_to_remind
from forum.response.referrals.locks import lock_referral
from forum.response.referrals.models import Answer

DAYS_BEFORE_END = 7
DAYS_AFTER_PROMISE = 14

Duty = Callable[[], bool]
"""Sends one reminder unless it is no longer due; returns whether it was sent. The caller commits."""


def due_reminders() -> Sequence[Duty]:
    """Return the reminders that are due today. Only reads."""
    ending = [partial(_remind_of_end, pilot_id) for pilot_id in _ending()]
    before = clock.now() - timedelta(days=DAYS_AFTER_PROMISE)
    return [*ending, *(partial(_remind_of_promise, answer_id) for answer_id in promises_to_remind(before))]


def _ending() -> Sequence[int]:
    return pilots_to_remind(clock.today() + timedelta(days=DAYS_BEFORE_END))


def _remind_of_end(pilot_id: int) -> bool:
    pilot = db.session.scalar(sa.select(Pilot).where(Pilot.id == pilot_id).with_for_update(of=Pilot))
    if pilot is None or pilot_id not in _ending():
        return False
    if pilot.ends_on > clock.today():
        pilot.soon_reminded_at = clock.now()
    else:
        pilot.end_reminded_at = clock.now()
    db.session.flush()
    remind_of_end(pilot)
    return True


def _remind_of_promise(answer_id: int) -> bool:
    answer = db.session.get_one(Answer, answer_id)
    lock_referral(answer.referral)
    if not is_waiting_promise(answer_id):
        return False
    kept = insert_or_ignore(db.session, PromiseReminder).values(answer_id=answer_id, sent_at=clock.now())
    if db.session.scalar(kept.returning(PromiseReminder.answer_id)) is None:
        return False
    remind_of_promise(answer)
    return True

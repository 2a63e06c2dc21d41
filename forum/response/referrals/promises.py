"""Whether a ministry has kept what it promised in an answer: in one sentence, and step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from forum.core import clock
from forum.core.database import LabelledEnum
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.response.referrals.models import Answer, EventType, Milestone, ReferralEvent


class MilestoneStanding(LabelledEnum):
    """How a promised step stands today."""

    DONE = "DONE"
    LATE = "LATE"
    UNDER_WAY = "UNDER_WAY"

    __labels__ = {DONE: _l("완료"), LATE: _l("기한 지남"), UNDER_WAY: _l("이행 중")}


def standing_of(milestone: Milestone) -> MilestoneStanding:
    """Return how a step stands today. Under way does not say that anything was done yet."""
    if milestone.is_closed:
        return MilestoneStanding.DONE
    return MilestoneStanding.LATE if milestone.due_on < clock.today() else MilestoneStanding.UNDER_WAY


@dataclass(frozen=True)
class LateReason:
    """늦는 까닭: what the ministry said of a late step last, and when."""

    text: str
    told_on: date


def late_reasons(milestone_ids: Sequence[int]) -> dict[int, LateReason]:
    """Return why steps are late, by their ids, as their ministry says; steps without a word of it are missing.

    The newest report counts that was made after the due date, or that left the percent as it was. It counts too for the
    same step of a later version of the answer. Steps that are done, or not due yet, are missing. One statement, or none
    without steps.
    """
    if not milestone_ids:
        return {}
    reported = aliased(Milestone)
    is_said_of = sa.and_(reported.title == Milestone.title, reported.due_on == Milestone.due_on)
    is_reason = sa.or_(
        ReferralEvent.happened_on > Milestone.due_on, ReferralEvent.percent_before == ReferralEvent.percent_after
    )
    query = (
        sa.select(Milestone.id, ReferralEvent.reason, ReferralEvent.happened_on)
        .join(Answer, Answer.id == Milestone.answer_id)
        .join(ReferralEvent, ReferralEvent.referral_id == Answer.referral_id)
        .join(reported, sa.and_(reported.id == ReferralEvent.milestone_id, is_said_of))
        .where(
            Milestone.id.in_(milestone_ids),
            ~Milestone.is_closed,
            Milestone.due_on < clock.today(),
            ReferralEvent.act == EventType.PROGRESS_REPORTED,
            is_reason,
        )
        .order_by(ReferralEvent.id)
    )
    return {milestone_id: LateReason(text, day) for milestone_id, text, day in db.session.execute(query)}


def late_reasons_of(answer: Answer | None) -> dict[int, LateReason]:
    """Return the same for the steps of one answer. No statement if none is late."""
    milestones = answer.milestones if answer else ()
    return late_reasons([it.id for it in milestones if standing_of(it) is MilestoneStanding.LATE])


def promise_words(answer: Answer) -> str:
    """Return whether the promises of an answer are kept; empty if it promised nothing."""
    promised = answer.milestones
    kept = sum(milestone.is_closed for milestone in promised)
    late = sum(not milestone.is_closed and milestone.due_on < clock.today() for milestone in promised)
    if not promised:
        return ""
    if kept == len(promised):
        return _("약속한 %(n)s가지를 모두 지켰어요.", n=kept)
    if late:
        return _(
            "약속한 %(n)s가지 가운데 %(kept)s가지를 끝냈고, %(late)s가지는 날짜를 넘겼어요.",
            n=len(promised),
            kept=kept,
            late=late,
        )
    if kept:
        return _(
            "약속한 %(n)s가지 가운데 %(kept)s가지를 끝냈어요. 나머지는 아직 날짜가 남았어요.",
            n=len(promised),
            kept=kept,
        )
    return _("약속한 %(n)s가지 가운데 아직 끝낸 것은 없어요. 약속한 날짜는 남아 있어요.", n=len(promised))

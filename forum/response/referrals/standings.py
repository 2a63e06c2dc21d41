"""Where the answer to each theme of a forum stands, for the list of themes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.listing import AnswerGroup, AnswerStanding
from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import short_day
from forum.people.ministries.models import Ministry
from forum.response.referrals.models import (
    BECAME_POLICY,
    Answer,
    AssignmentState,
    MinistryAssignment,
    Referral,
    ResponseClock,
)
from forum.response.referrals.queries import is_current_answer
from forum.voice.campaigns.models import Campaign


def standings_of(campaign: Campaign) -> dict[int, AnswerStanding]:
    """Return the standing of each theme that was sent to a ministry, by its newest letter. One statement."""
    query = (
        sa.select(
            Referral.theme_id,
            Ministry.name,
            MinistryAssignment.state,
            Answer.decision,
            Answer.published_at,
            ResponseClock.due_on,
            ResponseClock.stopped_on,
        )
        .join(Theme, Theme.id == Referral.theme_id)
        .join(MinistryAssignment, sa.and_(MinistryAssignment.referral_id == Referral.id, MinistryAssignment.is_lead))
        .join(Ministry, Ministry.id == MinistryAssignment.ministry_id)
        .outerjoin(Answer, sa.and_(Answer.referral_id == Referral.id, is_current_answer()))
        .outerjoin(
            ResponseClock, sa.and_(ResponseClock.part_id == MinistryAssignment.id, ResponseClock.ended_on.is_(None))
        )
        .where(Theme.campaign_id == campaign.id)
        .order_by(Referral.id)
    )
    found: dict[int, AnswerStanding] = {}
    rows: Sequence[Any] = db.session.execute(query).all()  # a theme may have no answer yet
    for theme_id, ministry, state, decision, published_at, due_on, stopped_on in rows:
        if decision is not None:
            again = _(" · 다시 살피는 중") if state is AssignmentState.REEXAMINING else ""
            note = _("%(day)s에 답했어요", day=short_day(published_at)) + again
            group = AnswerGroup.TAKEN if decision in BECAME_POLICY else AnswerGroup.OTHER
            found[theme_id] = AnswerStanding(group, decision.label, decision.tone, ministry, note)
        else:
            found[theme_id] = _waiting(ministry, due_on, stopped_on)
    return found


def _waiting(ministry: str, due_on: date, stopped_on: date | None) -> AnswerStanding:
    left = (due_on - clock.today()).days
    if stopped_on is not None:
        note = _("부처가 보완을 요청해 시계가 멈췄어요")
        return AnswerStanding(AnswerGroup.WAITING, _("답변 기다림"), "warning", ministry, note)
    if left < 0:
        note = _("기한이 %(days)d일 지났어요", days=-left)
        return AnswerStanding(AnswerGroup.WAITING, _("답변 늦음"), "danger", ministry, note, is_late=True)
    day = short_day(due_on)
    note = _("기한 %(day)s · %(days)d일 남음", day=day, days=left) if left else _("오늘이 답변 기한이에요")
    return AnswerStanding(AnswerGroup.WAITING, _("답변 기다림"), "information", ministry, note)

"""Events: the append-only history of a referral."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.access import Role
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.response.referrals.models.assignment import AssignmentState, MinistryAssignment
from forum.response.referrals.models.milestone import Milestone


class EventType(LabelledEnum):
    """What can happen to a referral. Each occurrence is recorded as a `ReferralEvent`."""

    SENT = "SENT"
    RECEIVED = "RECEIVED"
    DEEMED = "DEEMED"
    CORRECTION_ASKED = "CORRECTION_ASKED"
    CORRECTION_GIVEN = "CORRECTION_GIVEN"
    CORRECTION_LAPSED = "CORRECTION_LAPSED"
    TRANSFERRED = "TRANSFERRED"
    REVIEW_STARTED = "REVIEW_STARTED"
    OPINION_GIVEN = "OPINION_GIVEN"
    INTERIM_ANSWERED = "INTERIM_ANSWERED"
    ANSWERED = "ANSWERED"
    REVISED = "REVISED"
    REEXAMINATION_ASKED = "REEXAMINATION_ASKED"
    DELIVERY_STARTED = "DELIVERY_STARTED"
    PROGRESS_REPORTED = "PROGRESS_REPORTED"
    COMPLETED = "COMPLETED"
    REMINDED = "REMINDED"

    __labels__ = {
        SENT: _l("전달"),
        RECEIVED: _l("접수"),
        DEEMED: _l("접수한 것으로 봄"),
        CORRECTION_ASKED: _l("보완 요청"),
        CORRECTION_GIVEN: _l("보완"),
        CORRECTION_LAPSED: _l("보완 기간 끝남"),
        TRANSFERRED: _l("이송"),
        REVIEW_STARTED: _l("검토 시작"),
        OPINION_GIVEN: _l("협조 의견"),
        INTERIM_ANSWERED: _l("중간 답변"),
        ANSWERED: _l("답변"),
        REVISED: _l("고친 답변"),
        REEXAMINATION_ASKED: _l("재심사 요청"),
        DELIVERY_STARTED: _l("이행 시작"),
        PROGRESS_REPORTED: _l("이행 상황 알림"),
        COMPLETED: _l("이행 완료"),
        REMINDED: _l("기한 알림"),
    }


class ReferralEvent(Base):
    """One public event of a referral. Append-only: triggers refuse UPDATE and DELETE.

    Who: `actor_role` and, for officers, the assignment's ministry; `actor_id` is not shown. Why: `reason`, in the
    actor's words. When: `at`, and `happened_on`, the day in Seoul by which clocks count.
    """

    __tablename__ = "referral_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(sa.ForeignKey("referral_part.id"))
    act: Mapped[EventType] = mapped_column(enum_type(EventType, "referral_act"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    happened_on: Mapped[date]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    actor_role: Mapped[Role] = mapped_column(enum_type(Role, "referral_event_role"))
    state_before: Mapped[AssignmentState | None] = mapped_column(enum_type(AssignmentState, "event_state_before"))
    state_after: Mapped[AssignmentState | None] = mapped_column(enum_type(AssignmentState, "event_state_after"))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    due_on: Mapped[date | None]
    """The assignment's due date after this event."""
    until_on: Mapped[date | None]
    """Last day for a correction; for an event that starts a clock, the end of its period before holidays."""
    answer_version: Mapped[int | None]
    milestone_id: Mapped[int | None] = mapped_column(sa.ForeignKey("milestone.id"))
    percent_before: Mapped[int | None] = mapped_column(sa.SmallInteger)
    percent_after: Mapped[int | None] = mapped_column(sa.SmallInteger)
    evidence_url: Mapped[str] = mapped_column(sa.String(500), default="")
    key: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    """Makes a task's event unique, such as "remind:12:2026-12-24:-3"."""

    assignment: Mapped[MinistryAssignment | None] = relationship()
    milestone: Mapped[Milestone | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("actor_id IS NOT NULL OR actor_role = 'SYSTEM'", name="has_an_actor"),
        sa.CheckConstraint(
            "act NOT IN ('CORRECTION_ASKED', 'TRANSFERRED', 'REEXAMINATION_ASKED', 'INTERIM_ANSWERED') OR reason <> ''",
            name="stop_and_transfer_have_a_reason",
        ),
        sa.CheckConstraint("act <> 'CORRECTION_ASKED' OR until_on IS NOT NULL", name="a_stop_has_a_last_day"),
    )

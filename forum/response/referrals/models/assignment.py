"""The assignment of a referral to a ministry, and its response clocks."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.ministries.models import Ministry
from forum.response.referrals.models.referral import Referral


class AssignmentState(LabelledEnum):
    """State of a ministry's assignment. `states.TRANSITIONS` defines what may follow what."""

    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    CORRECTION = "CORRECTION"
    TRANSFERRED = "TRANSFERRED"
    REVIEWING = "REVIEWING"
    ANSWERED = "ANSWERED"
    REEXAMINING = "REEXAMINING"
    DELIVERING = "DELIVERING"
    COMPLETED = "COMPLETED"

    __labels__ = {
        SENT: _l("전달"),
        ACKNOWLEDGED: _l("접수"),
        CORRECTION: _l("보완 요청"),
        TRANSFERRED: _l("이송"),
        REVIEWING: _l("검토 중"),
        ANSWERED: _l("답변"),
        REEXAMINING: _l("재심사"),
        DELIVERING: _l("이행 중"),
        COMPLETED: _l("완료"),
    }


ANSWERED_STATES = frozenset(
    {AssignmentState.ANSWERED, AssignmentState.REEXAMINING, AssignmentState.DELIVERING, AssignmentState.COMPLETED}
)
"""States in which the ministry has given an answer, whatever followed."""


class MinistryAssignment(Base):
    """A referral as assigned to one ministry, with a state and clocks of its own. One assignment leads."""

    __tablename__ = "referral_part"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"))
    ministry_id: Mapped[int] = mapped_column(sa.ForeignKey("ministry.id"), index=True)
    is_lead: Mapped[bool]
    arrived_on: Mapped[date]
    """The day on which the letter reached this ministry: when it was sent, or transferred from another."""
    state: Mapped[AssignmentState] = mapped_column(
        enum_type(AssignmentState, "part_state"), default=AssignmentState.SENT
    )
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """Empty if no officer did and the letter was deemed received (event DEEMED)."""

    referral: Mapped[Referral] = relationship(back_populates="assignments")
    ministry: Mapped[Ministry] = relationship()
    clocks: Mapped[list[ResponseClock]] = relationship(back_populates="assignment", order_by="ResponseClock.round")

    __table_args__ = (
        sa.UniqueConstraint("referral_id", "ministry_id"),
        sa.CheckConstraint(
            "acknowledged_by_id IS NULL OR acknowledged_at IS NOT NULL", name="acknowledged_by_whom_and_when"
        ),
        sa.CheckConstraint("(state = 'SENT') = (acknowledged_at IS NULL)", name="received_has_a_time"),
        sa.CheckConstraint("state <> 'TRANSFERRED' OR NOT is_lead", name="transferred_does_not_lead"),
        sa.Index(
            "uq_referral_part_lead",
            "referral_id",
            unique=True,
            sqlite_where=sa.text("is_lead"),
            postgresql_where=sa.text("is_lead"),
        ),
    )

    @property
    def clock(self) -> ResponseClock:
        """Return the running clock, or the one that ended last."""
        return self.clocks[-1]


class ClockEnd(LabelledEnum):
    ANSWERED = "ANSWERED"
    TRANSFERRED = "TRANSFERRED"

    __labels__ = {
        ANSWERED: _l("답변"),
        TRANSFERRED: _l("이송"),
    }


class ResponseClock(Base):
    """The time a ministry has for one answer: round 1 from the sending, round 2 from a request for re-examination.

    It stops only between a request for a correction and the event that ends it. `stopped_on` is the first day that
    does not count in the present stop; `stopped_days` are the days of earlier stops.
    """

    __tablename__ = "response_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(sa.ForeignKey("referral_part.id"))
    round: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    started_on: Mapped[date]
    period_ends_on: Mapped[date]
    """End of the period, before stops and holidays are added."""
    due_on: Mapped[date] = mapped_column(index=True)
    stopped_on: Mapped[date | None]
    stopped_until: Mapped[date | None]
    """Last day for the correction; the clock resumes after it in any case."""
    stopped_days: Mapped[int] = mapped_column(default=0)
    ended_on: Mapped[date | None]
    outcome: Mapped[ClockEnd | None] = mapped_column(enum_type(ClockEnd, "clock_outcome"))

    assignment: Mapped[MinistryAssignment] = relationship(back_populates="clocks")

    __table_args__ = (
        sa.UniqueConstraint("part_id", "round"),
        sa.CheckConstraint("due_on >= period_ends_on", name="due_not_before_the_period_ends"),
        sa.CheckConstraint("period_ends_on >= started_on", name="period_ends_after_it_starts"),
        sa.CheckConstraint("stopped_days >= 0", name="never_runs_backwards"),
        sa.CheckConstraint("(ended_on IS NULL) = (outcome IS NULL)", name="ended_has_a_why"),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ends_after_it_starts"),
        sa.CheckConstraint("(stopped_on IS NULL) = (stopped_until IS NULL)", name="a_stop_has_an_end"),
        sa.CheckConstraint("stopped_on IS NULL OR ended_on IS NULL", name="a_stopped_clock_has_not_ended"),
        sa.Index(
            "uq_response_clock_running",
            "part_id",
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
    )

    @property
    def days_late(self) -> int:
        """Return the days past the due date, until the answer or until today; zero if in time or stopped."""
        if self.stopped_on is not None:
            return 0
        return max(0, ((self.ended_on or clock.today()) - self.due_on).days)

"""시범: a change tried in one place for a time, measured before and after, and what other offices took over."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.reference import Region, regions
from forum.people.accounts.models import Account
from forum.people.ministries.models import Ministry
from forum.response.referrals.models import Referral
from forum.system.blobs.models import Blob


class PilotOrigin(LabelledEnum):
    ANSWER = "ANSWER"
    """The office promised it in its answer to the letter."""
    CHANGED = "CHANGED"
    """The same office tries again, differently, after it decided to change the one before."""
    SPREAD = "SPREAD"
    """Another office took it over."""

    __labels__ = {
        ANSWER: _l("답변에서 약속한 시범"),
        CHANGED: _l("고쳐서 다시 하는 시범"),
        SPREAD: _l("이어받은 곳"),
    }


class PilotState(LabelledEnum):
    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    """Started: its place, time and measure are fixed."""
    DECIDED = "DECIDED"
    CANCELLED = "CANCELLED"

    __labels__ = {
        PLANNED: _l("준비 중"),
        RUNNING: _l("해 보는 중"),
        DECIDED: _l("끝남"),
        CANCELLED: _l("그만둠"),
    }


class PilotDecision(LabelledEnum):
    STOP = "STOP"
    CHANGE = "CHANGE"
    SPREAD = "SPREAD"

    __labels__ = {
        STOP: _l("여기서 멈춰요"),
        CHANGE: _l("고쳐서 다시 해요"),
        SPREAD: _l("다른 곳에도 알려요"),
    }


class MeasureKind(LabelledEnum):
    """What is compared before and after; the interval's formula depends on it."""

    SHARE = "SHARE"
    """k of n: people who are satisfied, cars that stop."""
    COUNT = "COUNT"
    """How often something happened in so many days: accidents, complaints."""
    MEAN = "MEAN"
    """A mean of n measurements with their standard deviation: minutes of waiting, kWh a day."""

    __labels__ = {
        SHARE: _l("몇 가운데 몇"),
        COUNT: _l("며칠 동안 몇 번"),
        MEAN: _l("여러 번 잰 값의 평균"),
    }


class Better(LabelledEnum):
    LOWER = "LOWER"
    HIGHER = "HIGHER"

    __labels__ = {
        LOWER: _l("줄면 좋아요"),
        HIGHER: _l("늘면 좋아요"),
    }


class Pilot(Base):
    """A pilot of one office. It has one measure, named before it starts: choosing it afterwards would flatter."""

    __tablename__ = "pilot"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    """The letter whose answer promised it; also of pilots that other offices took over from it."""
    ministry_id: Mapped[int] = mapped_column(sa.ForeignKey("ministry.id"), index=True)
    """The office that runs it and reports."""
    origin: Mapped[PilotOrigin] = mapped_column(enum_type(PilotOrigin, "pilot_origin"))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pilot.id"), index=True)
    state: Mapped[PilotState] = mapped_column(enum_type(PilotState, "pilot_state"), default=PilotState.PLANNED)
    title: Mapped[str] = mapped_column(sa.String(100))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    """What is done, in words that everybody understands."""
    region_code: Mapped[str | None] = mapped_column(sa.String(2))
    place: Mapped[str] = mapped_column(sa.String(120), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    measure_kind: Mapped[MeasureKind] = mapped_column(enum_type(MeasureKind, "pilot_measure_kind"))
    measure: Mapped[str] = mapped_column(sa.String(120))
    """What is measured, as a noun: 무단횡단한 사람, 기다린 시간."""
    unit: Mapped[str] = mapped_column(sa.String(10), default="")
    better: Mapped[Better] = mapped_column(enum_type(Better, "pilot_better"))
    measured_how: Mapped[str] = mapped_column(sa.Text, default="")
    """How, where and by whom it is measured."""
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    decision: Mapped[PilotDecision | None] = mapped_column(enum_type(PilotDecision, "pilot_decision"))
    decision_reason: Mapped[str] = mapped_column(sa.Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was decided or cancelled."""
    revision: Mapped[int] = mapped_column(default=1)
    soon_reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the office was reminded that the last day comes; forgotten when the plan changes."""
    end_reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was reminded that the last day is here or over."""

    referral: Mapped[Referral] = relationship()
    ministry: Mapped[Ministry] = relationship()
    parent: Mapped[Pilot | None] = relationship(remote_side=[id])
    readings: Mapped[list[PilotReading]] = relationship(back_populates="pilot")
    reports: Mapped[list[PilotReport]] = relationship(back_populates="pilot", order_by="PilotReport.id")

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="ends_not_before_it_starts"),
        sa.CheckConstraint("title <> ''", name="has_a_title"),
        sa.CheckConstraint("measure <> ''", name="names_what_is_measured"),
        sa.CheckConstraint("(origin = 'ANSWER') = (parent_id IS NULL)", name="follows_another_unless_promised"),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name="never_follows_itself"),
        sa.CheckConstraint("(state = 'DECIDED') = (decision IS NOT NULL)", name="decided_has_a_decision"),
        sa.CheckConstraint(
            "(state IN ('DECIDED', 'CANCELLED')) = (decided_at IS NOT NULL) AND "
            "(decided_at IS NULL) = (decided_by_id IS NULL)",
            name="decided_by_somebody_at_a_time",
        ),
        sa.CheckConstraint("decided_at IS NULL OR decision_reason <> ''", name="decided_with_a_reason"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index(
            "uq_pilot_taken_over_once",
            "parent_id",
            "ministry_id",
            unique=True,
            sqlite_where=sa.text("origin = 'SPREAD' AND state <> 'CANCELLED'"),
            postgresql_where=sa.text("origin = 'SPREAD' AND state <> 'CANCELLED'"),
        ),
        sa.Index(
            "uq_pilot_changed_once",
            "parent_id",
            unique=True,
            sqlite_where=sa.text("origin = 'CHANGED' AND state <> 'CANCELLED'"),
            postgresql_where=sa.text("origin = 'CHANGED' AND state <> 'CANCELLED'"),
        ),
        sa.Index(
            "uq_pilot_promised_once",
            "referral_id",
            unique=True,
            sqlite_where=sa.text("origin = 'ANSWER' AND state <> 'CANCELLED'"),
            postgresql_where=sa.text("origin = 'ANSWER' AND state <> 'CANCELLED'"),
        ),
    )

    @property
    def region(self) -> Region | None:
        return regions().get(self.region_code) if self.region_code else None


class ReadingPhase(LabelledEnum):
    BEFORE = "BEFORE"
    AFTER = "AFTER"

    __labels__ = {
        BEFORE: _l("하기 전"),
        AFTER: _l("한 뒤"),
    }


class PilotReading(Base):
    """What was measured before or after. There is no AFTER without a BEFORE: `before_phase` points at it."""

    __tablename__ = "pilot_reading"

    pilot_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot.id"), primary_key=True, autoincrement=False)
    phase: Mapped[ReadingPhase] = mapped_column(enum_type(ReadingPhase, "pilot_reading_phase"), primary_key=True)
    before_phase: Mapped[ReadingPhase | None] = mapped_column(enum_type(ReadingPhase, "pilot_reading_before"))
    """BEFORE in the row of AFTER; NULL in the row of BEFORE."""
    measured_from: Mapped[date]
    measured_until: Mapped[date]
    measured_by: Mapped[str] = mapped_column(sa.String(100))
    """Office or group that measured; never a person's name."""
    n: Mapped[int]
    """SHARE: of how many; COUNT: in how many days; MEAN: how many measurements."""
    k: Mapped[int | None]
    """SHARE: how many; COUNT: how often."""
    mean: Mapped[float | None]
    sd: Mapped[float | None]
    """Standard deviation of the measurements, with n − 1."""
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    pilot: Mapped[Pilot] = relationship(back_populates="readings")

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["pilot_id", "before_phase"],
            ["pilot_reading.pilot_id", "pilot_reading.phase"],
            name="fk_pilot_reading_before",
        ),
        sa.CheckConstraint("(phase = 'AFTER') = (before_phase IS NOT NULL)", name="after_follows_a_before"),
        sa.CheckConstraint("before_phase IS NULL OR before_phase = 'BEFORE'", name="follows_only_a_before"),
        sa.CheckConstraint("measured_until >= measured_from", name="measured_until_after_from"),
        sa.CheckConstraint("measured_by <> ''", name="says_who_measured"),
        sa.CheckConstraint("n > 0", name="measured_something"),
        sa.CheckConstraint("k >= 0", name="never_negative"),
        sa.CheckConstraint("sd >= 0", name="spread_is_never_negative"),
        sa.CheckConstraint("(mean IS NULL) = (sd IS NULL) AND (mean IS NULL) = (k IS NOT NULL)", name="one_kind"),
    )


class PilotReport(Base):
    """What the office tells of its pilot while it goes on. Append-only."""

    __tablename__ = "pilot_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot.id"), index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("blob.sha256"), index=True)
    """Its photo, if there is one."""
    width: Mapped[int | None]
    height: Mapped[int | None]
    caption: Mapped[str] = mapped_column(sa.String(200), default="")

    pilot: Mapped[Pilot] = relationship(back_populates="reports")
    author: Mapped[Account] = relationship()
    blob: Mapped[Blob | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("text <> ''", name="says_something"),
        sa.CheckConstraint(
            "(sha256 IS NULL) = (caption = '') AND (sha256 IS NULL) = (width IS NULL) AND "
            "(sha256 IS NULL) = (height IS NULL)",
            name="photo_is_whole",
        ),
    )


class PromiseReminder(Base):
    """That the office was reminded of a pilot which its answer promised and nobody planned: once for each answer."""

    __tablename__ = "pilot_promise_reminder"

    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("answer.id"), primary_key=True, autoincrement=False)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

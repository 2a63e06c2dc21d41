from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.access import Role
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Account
from forum.people.ministries.models import Ministry
from forum.voice.ideas.models import Idea


class PartState(LabelledEnum):
    """Where a ministry's part of a referral stands. `states.ARROWS` says how one leads to another."""

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


ANSWERED_STATES = frozenset({PartState.ANSWERED, PartState.REEXAMINING, PartState.DELIVERING, PartState.COMPLETED})
"""The ministry has given an answer that stands, whatever came after."""


class Act(LabelledEnum):
    """What can happen to a referral; each is an event that stays."""

    SENT = "SENT"
    RECEIVED = "RECEIVED"
    DEEMED = "DEEMED"
    CORRECTION_ASKED = "CORRECTION_ASKED"
    CORRECTION_GIVEN = "CORRECTION_GIVEN"
    CORRECTION_LAPSED = "CORRECTION_LAPSED"
    TRANSFERRED = "TRANSFERRED"
    REVIEW_STARTED = "REVIEW_STARTED"
    OPINION_GIVEN = "OPINION_GIVEN"
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
        ANSWERED: _l("답변"),
        REVISED: _l("고친 답변"),
        REEXAMINATION_ASKED: _l("재심사 요청"),
        DELIVERY_STARTED: _l("이행 시작"),
        PROGRESS_REPORTED: _l("이행 상황 알림"),
        COMPLETED: _l("이행 완료"),
        REMINDED: _l("기한 알림"),
    }


class Decision(LabelledEnum):
    ACCEPTED = "ACCEPTED"
    PARTLY = "PARTLY"
    ALREADY = "ALREADY"
    LATER = "LATER"
    DECLINED = "DECLINED"

    __labels__ = {
        ACCEPTED: _l("수용"),
        PARTLY: _l("일부 수용"),
        ALREADY: _l("이미 시행"),
        LATER: _l("중장기 검토"),
        DECLINED: _l("수용 곤란"),
    }


BECAME_POLICY = frozenset({Decision.ACCEPTED, Decision.PARTLY})


class Referral(Base):
    """전달: an approved theme sent to ministries as a letter. Numbered within its year.

    `title` and `ideas` are what the letter said when it went out; a theme renamed or an idea withdrawn later changes
    nothing in it. `due_on` is the lead's running (or latest) clock, kept here because lists sort by it; `flask forum
    check` holds it against the events.
    """

    __tablename__ = "referral"

    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"))
    year: Mapped[int]
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    letter: Mapped[str] = mapped_column(sa.Text, default="")
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    sent_on: Mapped[date]
    """The day of `sent_at` in Seoul, kept so that the database itself can hold the due date against it."""
    due_on: Mapped[date]

    theme: Mapped[Theme] = relationship()
    parts: Mapped[list[ReferralPart]] = relationship(back_populates="referral", order_by="ReferralPart.id")
    answers: Mapped[list[Answer]] = relationship(back_populates="referral", order_by="Answer.version")

    __table_args__ = (
        sa.UniqueConstraint("year", "number"),
        sa.CheckConstraint("due_on >= sent_on", name="due_not_before_sent"),
    )

    @property
    def code(self) -> str:
        """국민포럼-2026-0012"""
        return f"국민포럼-{self.year}-{self.number:04d}"

    @property
    def lead(self) -> ReferralPart:
        return next(part for part in self.parts if part.is_lead)

    @property
    def published_answer(self) -> Answer | None:
        published = [answer for answer in self.answers if answer.published_at is not None]
        return published[-1] if published else None

    @property
    def draft(self) -> Answer | None:
        """The answer that is being written or waits for approval; at most one."""
        return next((answer for answer in self.answers if answer.published_at is None), None)


class ReferralPart(Base):
    """One ministry's part of a referral, with a state and clocks of its own. One of them leads."""

    __tablename__ = "referral_part"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"))
    ministry_id: Mapped[int] = mapped_column(sa.ForeignKey("ministry.id"), index=True)
    is_lead: Mapped[bool]
    arrived_on: Mapped[date]
    """The day the letter reached this ministry: its sending, or its transfer from another."""
    state: Mapped[PartState] = mapped_column(enum_type(PartState, "part_state"), default=PartState.SENT)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """Empty where nobody did and the letter counts as received (`states`, DEEMED)."""

    referral: Mapped[Referral] = relationship(back_populates="parts")
    ministry: Mapped[Ministry] = relationship()
    clocks: Mapped[list[ResponseClock]] = relationship(back_populates="part", order_by="ResponseClock.round")

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
        """The running clock, or the latest that ended."""
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

    It stands still only between an event that asks for a correction and the one that ends it; `stopped_on` is the
    first day that does not count, `stopped_days` those that are over.
    """

    __tablename__ = "response_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(sa.ForeignKey("referral_part.id"))
    round: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    started_on: Mapped[date]
    period_ends_on: Mapped[date]
    """Where the period ends before stops and holidays are counted in."""
    due_on: Mapped[date] = mapped_column(index=True)
    stopped_on: Mapped[date | None]
    stopped_until: Mapped[date | None]
    """Last day given for the correction; the clock runs again after it whatever happens."""
    stopped_days: Mapped[int] = mapped_column(default=0)
    ended_on: Mapped[date | None]
    outcome: Mapped[ClockEnd | None] = mapped_column(enum_type(ClockEnd, "clock_outcome"))

    part: Mapped[ReferralPart] = relationship(back_populates="clocks")

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
    def is_running(self) -> bool:
        return self.ended_on is None and self.stopped_on is None

    @property
    def days_late(self) -> int:
        """Days past the due date: until the answer, or until today. Zero where it is or was in time."""
        if self.stopped_on is not None:
            return 0
        return max(0, ((self.ended_on or clock.today()) - self.due_on).days)


class ReferralIdea(Base):
    """An idea as the letter quotes it: its words of that day stay, whatever becomes of the idea."""

    __tablename__ = "referral_idea"

    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text)
    is_representative: Mapped[bool] = mapped_column(default=False)
    agree: Mapped[int] = mapped_column(default=0)
    disagree: Mapped[int] = mapped_column(default=0)

    idea: Mapped[Idea] = relationship()


class ReferralEvent(Base):
    """One act on a referral, for everybody to see. Append-only: triggers refuse UPDATE and DELETE.

    Who: `actor_role` and, for staff, whose ministry's part it is; `actor_id` is not shown. Why: `reason`, in the
    actor's words. When: `at`, and `happened_on` in Seoul, by which clocks count.
    """

    __tablename__ = "referral_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(sa.ForeignKey("referral_part.id"))
    act: Mapped[Act] = mapped_column(enum_type(Act, "referral_act"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    happened_on: Mapped[date]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    actor_role: Mapped[Role] = mapped_column(enum_type(Role, "referral_event_role"))
    state_before: Mapped[PartState | None] = mapped_column(enum_type(PartState, "event_state_before"))
    state_after: Mapped[PartState | None] = mapped_column(enum_type(PartState, "event_state_after"))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    due_on: Mapped[date | None]
    """The part's due date after this act."""
    until_on: Mapped[date | None]
    """Last day given for a correction; for a clock that starts, where its period ends before holidays."""
    answer_version: Mapped[int | None]
    milestone_id: Mapped[int | None] = mapped_column(sa.ForeignKey("milestone.id"))
    percent_before: Mapped[int | None] = mapped_column(sa.SmallInteger)
    percent_after: Mapped[int | None] = mapped_column(sa.SmallInteger)
    evidence_url: Mapped[str] = mapped_column(sa.String(500), default="")
    key: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    """What makes a job's act happen once, such as "remind:12:2026-12-24:-3"."""

    part: Mapped[ReferralPart | None] = relationship()
    milestone: Mapped[Milestone | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("actor_id IS NOT NULL OR actor_role = 'SYSTEM'", name="has_an_actor"),
        sa.CheckConstraint(
            "act NOT IN ('CORRECTION_ASKED', 'TRANSFERRED', 'REEXAMINATION_ASKED') OR reason <> ''",
            name="stop_and_transfer_have_a_reason",
        ),
        sa.CheckConstraint("act <> 'CORRECTION_ASKED' OR until_on IS NOT NULL", name="a_stop_has_a_last_day"),
    )


class FileKind(LabelledEnum):
    LETTER = "LETTER"
    CORRECTION = "CORRECTION"
    EVIDENCE = "EVIDENCE"

    __labels__ = {
        LETTER: _l("편지의 붙임"),
        CORRECTION: _l("보완 자료"),
        EVIDENCE: _l("이행 증빙"),
    }


class ReferralFile(Base):
    """A file that goes with a letter, a correction or a milestone's evidence; kept in the database, never edited."""

    __tablename__ = "referral_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("referral_event.id"))
    kind: Mapped[FileKind] = mapped_column(enum_type(FileKind, "referral_file_kind"))
    name: Mapped[str] = mapped_column(sa.String(120))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary, nullable=False))
    uploaded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.CheckConstraint("length(sha256) = 64", name="has_a_sha256"),
        sa.CheckConstraint("size_bytes > 0", name="is_not_empty"),
        sa.CheckConstraint("name <> ''", name="has_a_name"),
    )


class Answer(Base):
    """답변: a ministry's decision with its reason, written by one officer and approved by another.

    Once published it is never edited (a trigger refuses), only followed by a further version.
    """

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"))
    version: Mapped[int] = mapped_column(default=1)
    decision: Mapped[Decision] = mapped_column(enum_type(Decision, "answer_decision"))
    reason: Mapped[str] = mapped_column(sa.Text)
    contact_office: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    """Who wrote it last."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1, server_default="0")
    """Counts the times the draft was saved; 0 for answers published before drafts were."""
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_note: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    """What the approver asked to be changed, when the draft came back."""
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    referral: Mapped[Referral] = relationship(back_populates="answers")
    author: Mapped[Account] = relationship(foreign_keys=[author_id])
    milestones: Mapped[list[Milestone]] = relationship(back_populates="answer", order_by="Milestone.due_on")
    points: Mapped[list[AnswerPoint]] = relationship(back_populates="answer", order_by="AnswerPoint.idea_id")

    __table_args__ = (
        sa.UniqueConstraint("referral_id", "version"),
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
        sa.CheckConstraint("version >= 1", name="version_counts_from_one"),
        sa.CheckConstraint("approved_by_id IS NULL OR approved_by_id <> author_id", name="approved_by_another"),
        sa.CheckConstraint(
            "published_at IS NULL OR approved_by_id IS NOT NULL OR revision = 0", name="published_is_approved"
        ),
        sa.Index(
            "uq_answer_draft",
            "referral_id",
            unique=True,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        ),
    )

    @property
    def percent_done(self) -> int | None:
        """How much of what was promised is done, by weight; None where nothing was promised."""
        total = sum(milestone.weight for milestone in self.milestones)
        done = sum(milestone.weight * milestone.percent_done for milestone in self.milestones)
        return done // total if total else None


class AnswerPoint(Base):
    """What the answer says to one idea of the letter. As fixed as its answer, once that is published."""

    __tablename__ = "answer_point"

    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("answer.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)

    answer: Mapped[Answer] = relationship(back_populates="points")

    __table_args__ = (sa.CheckConstraint("text <> ''", name="says_something"),)


class Milestone(Base):
    """이행 단계: a promised step, with a due date and the percent done. Each change is an event of the referral."""

    __tablename__ = "milestone"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("answer.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    due_on: Mapped[date]
    weight: Mapped[int] = mapped_column(sa.SmallInteger, default=1, server_default="1")
    percent_done: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    is_closed: Mapped[bool] = mapped_column(default=False)
    finished_on: Mapped[date | None]
    evidence_url: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    answer: Mapped[Answer] = relationship(back_populates="milestones")

    __table_args__ = (
        sa.CheckConstraint("percent_done BETWEEN 0 AND 100", name="percent_is_0_to_100"),
        sa.CheckConstraint("is_closed = (finished_on IS NOT NULL)", name="closed_has_finish"),
        sa.CheckConstraint("title <> ''", name="has_a_title"),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name="weight_is_1_to_100"),
    )

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum import clock
from forum.accounts.models import Account
from forum.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.ministries.models import Ministry
from forum.themes.models import Theme


class PartState(LabelledEnum):
    SENT = "전달"
    ACKNOWLEDGED = "접수"
    ANSWERED = "답변"


class Decision(LabelledEnum):
    ACCEPTED = "수용"
    PARTLY = "일부 수용"
    ALREADY = "이미 시행"
    LATER = "중장기 검토"
    DECLINED = "수용 곤란"


class Referral(Base):
    """전달: an approved theme sent to ministries, to be answered by `due_on`. Numbered within its year."""

    __tablename__ = "referral"

    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"))
    year: Mapped[int]
    number: Mapped[int]
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


class ReferralPart(Base):
    """One ministry's part of a referral, with a state of its own. One of them leads."""

    __tablename__ = "referral_part"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"))
    ministry_id: Mapped[int] = mapped_column(sa.ForeignKey("ministry.id"), index=True)
    is_lead: Mapped[bool]
    state: Mapped[PartState] = mapped_column(enum_type(PartState, "part_state"), default=PartState.SENT)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    referral: Mapped[Referral] = relationship(back_populates="parts")
    ministry: Mapped[Ministry] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("referral_id", "ministry_id"),
        sa.CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)", name="acknowledged_by_somebody"),
        sa.CheckConstraint("state <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL", name="acknowledged_has_a_time"),
        sa.Index(
            "uq_referral_part_lead",
            "referral_id",
            unique=True,
            sqlite_where=sa.text("is_lead"),
            postgresql_where=sa.text("is_lead"),
        ),
    )


class Answer(Base):
    """답변: a ministry's decision with its reason. Once published it is never edited (a trigger refuses), only followed
    by a further version."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"))
    version: Mapped[int] = mapped_column(default=1)
    decision: Mapped[Decision] = mapped_column(enum_type(Decision, "answer_decision"))
    reason: Mapped[str] = mapped_column(sa.Text)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    referral: Mapped[Referral] = relationship(back_populates="answers")
    author: Mapped[Account] = relationship()
    milestones: Mapped[list[Milestone]] = relationship(back_populates="answer", order_by="Milestone.due_on")

    __table_args__ = (
        sa.UniqueConstraint("referral_id", "version"),
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
        sa.CheckConstraint("version >= 1", name="version_counts_from_one"),
    )


class Milestone(Base):
    """이행 단계: a promised step, with a due date and the percent done."""

    __tablename__ = "milestone"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("answer.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    due_on: Mapped[date]
    percent_done: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    is_closed: Mapped[bool] = mapped_column(default=False)
    finished_on: Mapped[date | None]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    answer: Mapped[Answer] = relationship(back_populates="milestones")

    __table_args__ = (
        sa.CheckConstraint("percent_done BETWEEN 0 AND 100", name="percent_is_0_to_100"),
        sa.CheckConstraint("is_closed = (finished_on IS NOT NULL)", name="closed_has_finish"),
        sa.CheckConstraint("title <> ''", name="has_a_title"),
    )

"""대표과제 in the hands of ministries: the letter that takes a chosen task there, and reports on it each quarter."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, UtcDateTime
from forum.deliberation.rounds.models import CouncilTask
from forum.response.referrals.models import Referral


class Commission(Base):
    """One chosen task and its letter. Its lead ministry, partners and milestones are those of the letter."""

    __tablename__ = "commission"

    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), primary_key=True, autoincrement=False)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"), unique=True)
    made_theme: Mapped[bool] = mapped_column(default=False)
    """The act made the theme, because the task had none."""
    sent_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    task: Mapped[CouncilTask] = relationship()
    referral: Mapped[Referral] = relationship()
    reports: Mapped[list[QuarterlyReport]] = relationship(
        back_populates="commission", order_by="QuarterlyReport.quarter_from"
    )


class QuarterlyReport(Base):
    """분기 보고: what the lead ministry did for a chosen task in one quarter. Published once, never edited."""

    __tablename__ = "quarterly_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("commission.task_id"))
    quarter_from: Mapped[date]
    """First day of the quarter."""
    due_on: Mapped[date] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(sa.Text, default="")
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_on: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    commission: Mapped[Commission] = relationship(back_populates="reports")

    __table_args__ = (
        sa.UniqueConstraint("task_id", "quarter_from"),
        sa.CheckConstraint("due_on > quarter_from", name="due_after_it_began"),
        sa.CheckConstraint("(published_at IS NULL) = (author_id IS NULL)", name="published_by_somebody"),
        sa.CheckConstraint("published_at IS NULL OR text <> ''", name="published_says_something"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )

"""Milestones of an answer. The slices `answers` and `delivery` write this table."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, UtcDateTime
from forum.response.referrals.models.answer import Answer


class Milestone(Base):
    """이행 단계: a promised step with its due date and the percent done. Each change is an event of the referral."""

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

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l


class CampaignKind(LabelledEnum):
    FORUM = "FORUM"
    EVERYDAY = "EVERYDAY"

    __labels__ = {
        FORUM: _l("탄소중립 포럼"),
        EVERYDAY: _l("일상을 바꾸는 혁신"),
    }


class PhaseKind(LabelledEnum):
    """In chronological order. Phases may overlap: voting usually opens with proposing."""

    PROPOSING = "PROPOSING"
    VOTING = "VOTING"
    REVIEW = "REVIEW"
    REFERRAL = "REFERRAL"
    ANSWER = "ANSWER"

    __labels__ = {
        PROPOSING: _l("제안"),
        VOTING: _l("투표"),
        REVIEW: _l("분석·검토"),
        REFERRAL: _l("전달"),
        ANSWER: _l("답변"),
    }


PARTICIPATION = (PhaseKind.PROPOSING, PhaseKind.VOTING)
"""Phases in which people take part themselves."""


class Campaign(Base):
    """One round of the forum, with its phases."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    title: Mapped[str] = mapped_column(sa.String(100))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    kind: Mapped[CampaignKind] = mapped_column(enum_type(CampaignKind, "campaign_kind"))
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    phases: Mapped[list[Phase]] = relationship(back_populates="campaign", order_by="Phase.opens_at, Phase.id")

    __table_args__ = (sa.CheckConstraint("slug <> '' AND title <> ''", name="has_a_name"),)


class Phase(Base):
    """When one kind of activity is open: from `opens_at` until before `closes_at`, or without end if that is NULL."""

    __tablename__ = "phase"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    kind: Mapped[PhaseKind] = mapped_column(enum_type(PhaseKind, "phase_kind"))
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship(back_populates="phases")

    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "kind"),
        sa.CheckConstraint("closes_at IS NULL OR closes_at > opens_at", name="closes_after_it_opens"),
    )

"""Policy themes and their ideas."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.analysis.themes.models.run import Cluster, ThemeRun
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Account
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea


class MemberSource(LabelledEnum):
    """Whether the machine or a person decided something. Pages show it."""

    MACHINE = "MACHINE"
    HUMAN = "HUMAN"

    __labels__ = {
        MACHINE: _l("자동 분석"),
        HUMAN: _l("분석가"),
    }


class ThemeState(LabelledEnum):
    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    MERGED = "MERGED"
    UNMADE = "UNMADE"

    __labels__ = {
        DRAFT: _l("검토 중"),
        APPROVED: _l("승인"),
        REJECTED: _l("채택하지 않음"),
        OUT_OF_SCOPE: _l("포럼의 범위 밖"),
        MERGED: _l("다른 주제에 합침"),
        UNMADE: _l("만들기 취소"),
    }


DECIDED_STATES = (ThemeState.APPROVED, ThemeState.REJECTED, ThemeState.OUT_OF_SCOPE)
"""Every decision is public, with its reason."""
LIVE_STATES = (ThemeState.DRAFT, *DECIDED_STATES)
"""Without merged themes, whose ideas are in their targets, and those whose creation was undone."""


class Theme(Base):
    """정책 주제: what analysts make of a cluster. It keeps its cluster, and later runs do not change it."""

    __tablename__ = "theme"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"))
    cluster_id: Mapped[int | None]
    title: Mapped[str] = mapped_column(sa.String(100))
    title_source: Mapped[MemberSource] = mapped_column(
        enum_type(MemberSource, "theme_title_source"), default=MemberSource.HUMAN
    )
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[ThemeState] = mapped_column(enum_type(ThemeState, "theme_state"), default=ThemeState.DRAFT)
    decision_reason: Mapped[str] = mapped_column(sa.Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"))
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was first sent to a ministry: from then on its members stay as the letter names them."""
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    campaign: Mapped[Campaign] = relationship(foreign_keys=[campaign_id])
    run: Mapped[ThemeRun] = relationship(foreign_keys=[run_id])
    cluster: Mapped[Cluster | None] = relationship(
        primaryjoin="Theme.cluster_id == Cluster.id", foreign_keys="Theme.cluster_id", viewonly=True
    )
    merged_into: Mapped[Theme | None] = relationship(remote_side=[id], foreign_keys=[merged_into_id])
    decided_by: Mapped[Account | None] = relationship(foreign_keys=[decided_by_id])
    members: Mapped[list[ThemeIdea]] = relationship(back_populates="theme")

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        sa.UniqueConstraint("id", "campaign_id"),
        sa.UniqueConstraint("cluster_id"),  # at most one theme from a cluster, even if two requests come at once
        sa.ForeignKeyConstraint(
            ["run_id", "campaign_id"], ["theme_run.id", "theme_run.campaign_id"], name="fk_theme_run_of_campaign"
        ),
        sa.ForeignKeyConstraint(["cluster_id", "run_id"], ["cluster.id", "cluster.run_id"], name="fk_theme_cluster"),
        sa.CheckConstraint(
            "state <> 'APPROVED' OR (title <> '' AND decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name="approved_has_title_and_approver",
        ),
        sa.CheckConstraint("state <> 'REJECTED' OR decision_reason <> ''", name="rejected_has_reason"),
        sa.CheckConstraint("state <> 'OUT_OF_SCOPE' OR decision_reason <> ''", name="out_of_scope_has_reason"),
        sa.CheckConstraint("(state = 'MERGED') = (merged_into_id IS NOT NULL)", name="merged_theme_has_target"),
        sa.CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="never_merged_into_itself"),
        sa.CheckConstraint("frozen_at IS NULL OR state = 'APPROVED'", name="sent_stays_approved"),
    )

    @property
    def is_decided(self) -> bool:
        """Approved, rejected or out of scope: public, with the reason."""
        return self.state in DECIDED_STATES


class ThemeIdea(Base):
    """An idea of a theme, added by the machine or by a person. Both are of one campaign."""

    __tablename__ = "theme_idea"

    theme_id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    campaign_id: Mapped[int]
    source: Mapped[MemberSource] = mapped_column(enum_type(MemberSource, "member_source"))
    score: Mapped[float | None]
    is_frozen: Mapped[bool] = mapped_column(default=False)
    """The theme was sent with this idea: triggers refuse to change or delete the row."""
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    theme: Mapped[Theme] = relationship(back_populates="members", foreign_keys=[theme_id])
    idea: Mapped[Idea] = relationship(foreign_keys=[idea_id])

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["theme_id", "campaign_id"], ["theme.id", "theme.campaign_id"], name="fk_theme_idea_theme"
        ),
        sa.ForeignKeyConstraint(["idea_id", "campaign_id"], ["idea.id", "idea.campaign_id"], name="fk_theme_idea_idea"),
    )

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Account
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea


class RunState(LabelledEnum):
    BUILDING = "BUILDING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"

    __labels__ = {
        BUILDING: _l("분석 중"),
        FINISHED: _l("끝남"),
        FAILED: _l("실패"),
    }


class UnthemedReason(LabelledEnum):
    """Why an idea is in no cluster; the names are the codes `nlp` gives."""

    NO_TEXT = "NO_TEXT"
    BAD_TEXT = "BAD_TEXT"
    NO_KNOWN_WORD = "NO_KNOWN_WORD"
    TOO_FEW_FELLOWS = "TOO_FEW_FELLOWS"

    __labels__ = {
        NO_TEXT: _l("제목과 본문에 글이 없습니다"),
        BAD_TEXT: _l("읽을 수 없는 글입니다"),
        NO_KNOWN_WORD: _l("뜻을 알 수 있는 낱말이 없습니다"),
        TOO_FEW_FELLOWS: _l("비슷한 제안이 모자라 묶이지 않았습니다"),
    }


class Granularity(LabelledEnum):
    """How fine the themes are; the lower-case names are what `nlp` calls them."""

    BROAD = "BROAD"
    NORMAL = "NORMAL"
    FINE = "FINE"

    __labels__ = {
        BROAD: _l("넓게"),
        NORMAL: _l("보통"),
        FINE: _l("세밀하게"),
    }


class ThemeRun(Base):
    """분석 회차: one immutable run of the analysis. At most one finished run of a campaign is current.

    `data_cut_at` is the moment the ideas were read; later ideas are not in it.
    """

    __tablename__ = "theme_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    attempt: Mapped[int] = mapped_column(default=1)
    """The job's attempt that is building this run; a late write of an older attempt finds another number here."""
    state: Mapped[RunState] = mapped_column(enum_type(RunState, "run_state"), default=RunState.BUILDING)
    is_current: Mapped[bool] = mapped_column(default=False)
    parameters: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    versions: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    n_ideas: Mapped[int] = mapped_column(default=0)
    n_themed: Mapped[int] = mapped_column(default=0)
    n_with_vectors: Mapped[int] = mapped_column(default=0)
    """Ideas that were read by their meaning too, with vectors of `encoder`."""
    encoder: Mapped[str] = mapped_column(sa.String(120), default="")
    quality: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """The quality report: {"stability", "cohesion", "unthemed_share", "shaky": [cluster numbers], "n_resamples"}."""
    data_cut_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship()
    clusters: Mapped[list[Cluster]] = relationship(back_populates="run", order_by="Cluster.number")

    __table_args__ = (
        sa.UniqueConstraint("id", "campaign_id"),
        sa.CheckConstraint("NOT is_current OR state = 'FINISHED'", name="current_is_finished"),
        sa.CheckConstraint("(state = 'BUILDING') = (finished_at IS NULL)", name="ended_has_finish"),
        sa.Index(
            "uq_theme_run_current",
            "campaign_id",
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        ),
    )


class Cluster(Base):
    """묶음: what the machine found in one run. Never edited; analysts make themes of them."""

    __tablename__ = "cluster"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"))
    number: Mapped[int]
    """1 is the largest cluster of the run."""
    title: Mapped[str] = mapped_column(sa.String(200))
    keywords: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    """[{"word": str, "score": float, "count": int}, …], best first."""
    size: Mapped[int]
    copies: Mapped[int] = mapped_column(default=0)
    """How many of `size` are near-copies of another member."""
    cohesion: Mapped[float] = mapped_column(default=0.0)
    people: Mapped[int] = mapped_column(default=0)
    """Distinct authors of its ideas."""
    arguments: Mapped[int] = mapped_column(default=0)
    """How many of `size` repeat nobody."""
    stability: Mapped[float | None]
    """0..1, how well it comes back when the analysis is repeated on parts of the ideas; None where not tried."""
    agreed: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    """Ids of its ideas that people agree on, by votes."""
    divided: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    """Ids of its ideas that split people, by votes."""

    run: Mapped[ThemeRun] = relationship(back_populates="clusters")

    __table_args__ = (sa.UniqueConstraint("run_id", "number"), sa.UniqueConstraint("id", "run_id"))


class ClusterMember(Base):
    """An idea in a cluster. One main cluster per idea and run; further ones carry a score."""

    __tablename__ = "cluster_member"

    run_id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    is_main: Mapped[bool] = mapped_column(default=True)
    score: Mapped[float]
    rank: Mapped[int]
    """1 is closest to the cluster's centre."""
    is_representative: Mapped[bool] = mapped_column(default=False)
    copy_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("idea.id"))

    idea: Mapped[Idea] = relationship(foreign_keys=[idea_id])

    __table_args__ = (
        sa.ForeignKeyConstraint(["cluster_id", "run_id"], ["cluster.id", "cluster.run_id"], name="fk_member_of_run"),
        sa.CheckConstraint("score >= 0 AND score <= 1", name="score_is_a_share"),
        sa.Index(
            "uq_cluster_member_main",
            "run_id",
            "idea_id",
            unique=True,
            sqlite_where=sa.text("is_main"),
            postgresql_where=sa.text("is_main"),
        ),
    )


class ClusterLineage(Base):
    """What became of the last run's clusters: one link of `nlp.cluster.align`. One of the two ends may be missing."""

    __tablename__ = "cluster_lineage"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"), index=True)
    """The newer run."""
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    earlier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    kind: Mapped[str] = mapped_column("fate", sa.String(16))
    """same, split, merged, new or gone."""
    score: Mapped[float] = mapped_column(default=0.0)
    n_shared: Mapped[int] = mapped_column(default=0)
    is_successor: Mapped[bool] = mapped_column("is_heir", default=False)
    """The cluster continues the earlier one."""

    cluster: Mapped[Cluster | None] = relationship(foreign_keys=[cluster_id])
    earlier: Mapped[Cluster | None] = relationship(foreign_keys=[earlier_id])

    __table_args__ = (
        sa.UniqueConstraint("cluster_id", "earlier_id"),
        sa.CheckConstraint("cluster_id IS NOT NULL OR earlier_id IS NOT NULL", name="link_has_an_end"),
        sa.CheckConstraint("score >= 0 AND score <= 1", name="score_is_a_share"),
    )


class DuplicateGroup(Base):
    """An idea's place in a group of ideas that ask the same. The machine's word, for analysts; renewed as a whole."""

    __tablename__ = "duplicate_group"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    number: Mapped[int]
    """1 is the campaign's largest group."""

    idea: Mapped[Idea] = relationship()

    __table_args__ = (sa.Index(None, "campaign_id", "number"),)


class UnthemedIdea(Base):
    """An idea of a run that is in no cluster, and why: nothing vanishes."""

    __tablename__ = "unthemed_idea"

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    reason: Mapped[UnthemedReason] = mapped_column(enum_type(UnthemedReason, "unthemed_reason"))
    has_body: Mapped[bool] = mapped_column(default=True)

    idea: Mapped[Idea] = relationship()


class MemberSource(LabelledEnum):
    """Whose word something is: the machine's or a person's. Pages show it wherever it matters."""

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
"""What was decided is public, with its reason, whichever way it went."""
LIVE_STATES = (ThemeState.DRAFT, *DECIDED_STATES)
"""A merged theme lives on in its target; one whose making was undone never was."""


class Theme(Base):
    """정책 주제: the durable, human side. It remembers the cluster it came from, and outlives its run."""

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
    """When it was first sent to a ministry: from then on its members stay as the letter named them."""
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
        sa.UniqueConstraint("cluster_id"),  # a cluster becomes one theme at most, however often the button is pressed
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
    """An idea that belongs to a theme, put there by the machine or by a person. Both are of one campaign."""

    __tablename__ = "theme_idea"

    theme_id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    campaign_id: Mapped[int]
    source: Mapped[MemberSource] = mapped_column(enum_type(MemberSource, "member_source"))
    score: Mapped[float | None]
    is_frozen: Mapped[bool] = mapped_column(default=False)
    """Its theme was sent with it: triggers refuse to change or delete the row."""
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    theme: Mapped[Theme] = relationship(back_populates="members", foreign_keys=[theme_id])
    idea: Mapped[Idea] = relationship(foreign_keys=[idea_id])

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["theme_id", "campaign_id"], ["theme.id", "theme.campaign_id"], name="fk_theme_idea_theme"
        ),
        sa.ForeignKeyConstraint(["idea_id", "campaign_id"], ["idea.id", "idea.campaign_id"], name="fk_theme_idea_idea"),
    )

"""A run of the analysis and what it found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
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
    """Why an idea is in no cluster, as the codes of `nlp`."""

    NO_TEXT = "NO_TEXT"
    BAD_TEXT = "BAD_TEXT"
    EMPTY_APPROVAL = "EMPTY_APPROVAL"
    NO_KNOWN_WORD = "NO_KNOWN_WORD"
    TOO_FEW_FELLOWS = "TOO_FEW_FELLOWS"
    LOOSE = "LOOSE"

    __labels__ = {
        NO_TEXT: _l("제목과 본문에 글이 없어요"),
        BAD_TEXT: _l("읽을 수 없는 글이에요"),
        EMPTY_APPROVAL: _l("찬성한다는 말만 있고 무엇을 제안하는지 없어요"),
        NO_KNOWN_WORD: _l("뜻을 알 수 있는 낱말이 없어요"),
        TOO_FEW_FELLOWS: _l("비슷한 제안이 모자라 묶이지 않았어요"),
        LOOSE: _l("비슷한 묶음이 있지만 꼭 들어맞지는 않아 세지 않았어요"),
    }


class Granularity(LabelledEnum):
    """How fine the themes are; in lower case the names that `nlp` uses."""

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

    `data_cut_at` is the moment when the ideas were read; the run does not know later ideas.
    """

    __tablename__ = "theme_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    attempt: Mapped[int] = mapped_column(default=1)
    """The job's attempt that is building this run; writes of another attempt do not match it."""
    state: Mapped[RunState] = mapped_column(enum_type(RunState, "run_state"), default=RunState.BUILDING)
    is_current: Mapped[bool] = mapped_column(default=False)
    parameters: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    versions: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    n_ideas: Mapped[int] = mapped_column(default=0)
    n_themed: Mapped[int] = mapped_column(default=0)
    n_with_vectors: Mapped[int] = mapped_column(default=0)
    """Ideas that were compared by meaning too, with vectors of `encoder`."""
    encoder: Mapped[str] = mapped_column(sa.String(120), default="")
    quality: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """The quality report: {"stability", "cohesion", "unthemed_share", "shaky": [cluster numbers], "n_resamples",
    "nearly_equal": [[cluster number, cluster number, likeness], …], "pairs_kept": [pairs of ideas that shared a cluster
    in the last run and still do, all such pairs]}. Runs of earlier versions lack some."""
    subjects: Mapped[list[Any]] = mapped_column(sa.JSON, default=list, server_default="[]")
    """[{"title": str, "keywords": [str, …], "n_ideas": int}, …], largest first; empty where each cluster is its own."""
    data_cut_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    without_analysis: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Nothing was analysed: themes that analysts make of single ideas stand on it before the campaign's first run."""

    campaign: Mapped[Campaign] = relationship()
    clusters: Mapped[list[Cluster]] = relationship(back_populates="run", order_by="Cluster.number")

    __table_args__ = (
        sa.UniqueConstraint("id", "campaign_id"),
        sa.CheckConstraint("NOT is_current OR state = 'FINISHED'", name="current_is_finished"),
        sa.CheckConstraint("(state = 'BUILDING') = (finished_at IS NULL)", name="ended_has_finish"),
        sa.CheckConstraint("NOT (without_analysis AND is_current)", name="without_analysis_never_current"),
        sa.Index(
            "uq_theme_run_without_analysis",
            "campaign_id",
            unique=True,
            sqlite_where=sa.text("without_analysis"),
            postgresql_where=sa.text("without_analysis"),
        ),
        sa.Index(
            "uq_theme_run_current",
            "campaign_id",
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        ),
    )


class Cluster(Base):
    """묶음: a group of ideas that one run found. Never edited; analysts create themes from clusters."""

    __tablename__ = "cluster"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"))
    number: Mapped[int]
    """1 is the largest cluster of the run."""
    subject_number: Mapped[int | None]
    """Position in the run's `subjects`, from 1; None where there are none."""
    title: Mapped[str] = mapped_column(sa.String(200))
    weak_title: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Did the title pass no rule of `nlp.titles.generate`? Then an analyst should look at it."""
    keywords: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    """[{"word": str, "score": float, "count": int}, …], best first."""
    size: Mapped[int]
    copies: Mapped[int] = mapped_column(default=0)
    """How many of `size` are near-duplicates of another member."""
    cohesion: Mapped[float] = mapped_column(default=0.0)
    people: Mapped[int] = mapped_column(default=0)
    """Distinct authors of its ideas."""
    arguments: Mapped[int] = mapped_column(default=0)
    """How many of `size` are not near-duplicates of an earlier one."""
    stability: Mapped[float | None]
    """0..1, how well the cluster is found again when the analysis is repeated on samples; None if not computed."""
    agreed: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    """Ids of its ideas with broad agreement in the votes."""
    divided: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    """Ids of its ideas with divided votes."""

    run: Mapped[ThemeRun] = relationship(back_populates="clusters")

    @property
    def subject(self) -> str:
        """Title of the broad subject it is in, "" where the run has none."""
        return str(self.run.subjects[self.subject_number - 1]["title"]) if self.subject_number else ""

    __table_args__ = (sa.UniqueConstraint("run_id", "number"), sa.UniqueConstraint("id", "run_id"))


class ClusterMember(Base):
    """An idea in a cluster: one main cluster per idea and run, and secondary ones."""

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
    """How a cluster relates to one of the last run: one link of `nlp.cluster.align`. One of the two may be missing."""

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
    """An idea in a group of ideas that ask for the same, as the machine sees it; the groups are replaced as a whole."""

    __tablename__ = "duplicate_group"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    number: Mapped[int]
    """1 is the campaign's largest group."""

    idea: Mapped[Idea] = relationship()

    __table_args__ = (sa.Index(None, "campaign_id", "number"),)


class UnthemedIdea(Base):
    """An idea of a run that is in no cluster, with the reason, so that no idea vanishes."""

    __tablename__ = "unthemed_idea"

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    reason: Mapped[UnthemedReason] = mapped_column(enum_type(UnthemedReason, "unthemed_reason"))
    has_body: Mapped[bool] = mapped_column(default=True)
    nearest_cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    """The cluster it is most like; it loosely belongs there if the reason is LOOSE. None without a readable text."""

    idea: Mapped[Idea] = relationship()
    nearest_cluster: Mapped[Cluster | None] = relationship()

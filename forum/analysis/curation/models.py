from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.analysis.themes.models import Cluster, Theme
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Account


class ActKind(LabelledEnum):
    ADOPT = "ADOPT"
    EDIT = "EDIT"
    ADD_IDEAS = "ADD_IDEAS"
    REMOVE_IDEAS = "REMOVE_IDEAS"
    MOVE_IDEAS = "MOVE_IDEAS"
    MERGE = "MERGE"
    SPLIT = "SPLIT"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    PUT_OUT_OF_SCOPE = "PUT_OUT_OF_SCOPE"
    REOPEN = "REOPEN"
    LEAVE_PROPOSAL = "LEAVE_PROPOSAL"

    __labels__ = {
        ADOPT: _l("주제로 올림"),
        EDIT: _l("이름과 요약 고침"),
        ADD_IDEAS: _l("제안 넣음"),
        REMOVE_IDEAS: _l("제안 뺌"),
        MOVE_IDEAS: _l("제안 옮김"),
        MERGE: _l("주제 합침"),
        SPLIT: _l("주제 나눔"),
        APPROVE: _l("승인"),
        REJECT: _l("채택하지 않음"),
        PUT_OUT_OF_SCOPE: _l("포럼의 범위 밖으로 둠"),
        REOPEN: _l("다시 검토"),
        LEAVE_PROPOSAL: _l("달라진 점을 받아들이지 않음"),
    }


class ThemeAct(Base):
    """한 일: one act of an analyst on one or more themes, with what is needed to take it back.

    `changes` holds, by theme, the fields before and after, and the rows of members and of kept-out ideas that came and
    went (`curation.acts`). The audit entry of the same act holds codes and hashes only; here an analyst's own title and
    summary stand in full, never a citizen's text.
    """

    __tablename__ = "theme_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    kind: Mapped[ActKind] = mapped_column(enum_type(ActKind, "act_kind"))
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    """What was done, as a line for the list: 제안 3건을 ‘…’로."""
    changes: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    actor: Mapped[Account] = relationship(foreign_keys=[actor_id])
    undone_by: Mapped[Account | None] = relationship(foreign_keys=[undone_by_id])
    touched: Mapped[list[TouchedTheme]] = relationship(back_populates="act", order_by="TouchedTheme.theme_id")

    __table_args__ = (
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="undone_by_somebody"),
        sa.Index(None, "campaign_id", "id"),
    )


class TouchedTheme(Base):
    """A theme that an act changed, and the version it had afterwards: who was faster is read here."""

    __tablename__ = "theme_act_theme"

    act_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_act.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), primary_key=True, index=True)
    version_after: Mapped[int]

    act: Mapped[ThemeAct] = relationship(back_populates="touched")


class KeptOut(Base):
    """An idea that an analyst took out of a theme: no later run may propose it for that theme again."""

    __tablename__ = "theme_kept_out"

    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class Lineage(Base):
    """What a run found again of a theme: one link of `nlp.cluster.align`. No `cluster_id`: nothing was left of it."""

    __tablename__ = "theme_lineage"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"), index=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    cluster_id: Mapped[int | None]
    fate: Mapped[str] = mapped_column(sa.String(16))
    """same, split, merged or gone."""
    score: Mapped[float] = mapped_column(default=0.0)
    """0..1, weighted Jaccard index of the two."""
    of_theme: Mapped[float] = mapped_column(default=0.0)
    of_cluster: Mapped[float] = mapped_column(default=0.0)
    n_shared: Mapped[int] = mapped_column(default=0)
    is_heir: Mapped[bool] = mapped_column(default=False)

    theme: Mapped[Theme] = relationship()

    __table_args__ = (
        sa.ForeignKeyConstraint(["cluster_id", "run_id"], ["cluster.id", "cluster.run_id"], name="fk_lineage_cluster"),
        sa.UniqueConstraint("theme_id", "cluster_id"),
        sa.CheckConstraint("score >= 0 AND score <= 1", name="score_is_a_share"),
    )


class ProposalKind(LabelledEnum):
    NEW_IDEAS = "NEW_IDEAS"
    DRIFT = "DRIFT"
    SPLIT = "SPLIT"
    MERGED = "MERGED"
    GONE = "GONE"

    __labels__ = {
        NEW_IDEAS: _l("새로 든 제안"),
        DRIFT: _l("멀어진 제안"),
        SPLIT: _l("갈라짐"),
        MERGED: _l("합쳐짐"),
        GONE: _l("묶음이 사라짐"),
    }


class ProposalState(LabelledEnum):
    OPEN = "OPEN"
    TAKEN = "TAKEN"
    LEFT = "LEFT"
    SUPERSEDED = "SUPERSEDED"

    __labels__ = {
        OPEN: _l("기다림"),
        TAKEN: _l("받아들임"),
        LEFT: _l("그대로 둠"),
        SUPERSEDED: _l("새 분석으로 바뀜"),
    }


class Proposal(Base):
    """달라진 점: what a later run says of a theme, for the analyst to take or leave. It changes nothing by itself."""

    __tablename__ = "theme_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"), index=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    kind: Mapped[ProposalKind] = mapped_column(enum_type(ProposalKind, "proposal_kind"))
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    """The run's cluster this is about."""
    other_theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"))
    """The theme its ideas drifted to, or that it became one with."""
    idea_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    state: Mapped[ProposalState] = mapped_column(enum_type(ProposalState, "proposal_state"), default=ProposalState.OPEN)
    act_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme_act.id"))
    """The act that took or left it; undoing that opens it again."""

    theme: Mapped[Theme] = relationship(foreign_keys=[theme_id])
    other_theme: Mapped[Theme | None] = relationship(foreign_keys=[other_theme_id])
    cluster: Mapped[Cluster | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("(state IN ('TAKEN', 'LEFT')) = (act_id IS NOT NULL)", name="decided_by_an_act"),
        sa.CheckConstraint("other_theme_id IS NULL OR other_theme_id <> theme_id", name="other_is_another"),
    )

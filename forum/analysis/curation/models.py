"""Tables of the analysts' edits of themes, and of what later runs propose about them."""

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


class EditKind(LabelledEnum):
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
    DISMISS_PROPOSAL = "LEAVE_PROPOSAL"

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
        DISMISS_PROPOSAL: _l("달라진 점을 받아들이지 않음"),
    }


class RecordedEdit(Base):
    """한 일: one analyst's edit of one or more themes, with what is needed to undo it.

    `changes` holds, by theme, the fields before and after, and the rows of members and of excluded ideas that were
    added and removed (`curation.edits`). The audit entry of the same edit holds codes and hashes only; here an
    analyst's own title and summary are stored in full, never a citizen's text.
    """

    __tablename__ = "theme_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    kind: Mapped[EditKind] = mapped_column(enum_type(EditKind, "act_kind"))
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    """What was done, as a line for the list: 제안 3건을 ‘…’로."""
    changes: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    actor: Mapped[Account] = relationship(foreign_keys=[actor_id])
    undone_by: Mapped[Account | None] = relationship(foreign_keys=[undone_by_id])
    affected_themes: Mapped[list[AffectedTheme]] = relationship(
        back_populates="edit", order_by="AffectedTheme.theme_id"
    )

    __table_args__ = (
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="undone_by_somebody"),
        sa.Index(None, "campaign_id", "id"),
    )


class AffectedTheme(Base):
    """A theme that an edit changed, and its version afterwards; shows which edits came after a version."""

    __tablename__ = "theme_act_theme"

    act_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_act.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), primary_key=True, index=True)
    version_after: Mapped[int]

    edit: Mapped[RecordedEdit] = relationship(back_populates="affected_themes")


class ExcludedIdea(Base):
    """An idea that an analyst removed from a theme: no later run may propose it for that theme again."""

    __tablename__ = "theme_kept_out"

    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class ThemeLineage(Base):
    """How a theme relates to a cluster of a run: one link of `nlp.cluster.align`.

    Without `cluster_id` the run found nothing of the theme.
    """

    __tablename__ = "theme_lineage"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"), index=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    cluster_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column("fate", sa.String(16))
    """same, split, merged or gone."""
    score: Mapped[float] = mapped_column(default=0.0)
    """0..1, weighted Jaccard index of the two."""
    theme_share: Mapped[float] = mapped_column("of_theme", default=0.0)
    """0..1, share of the theme that is in the cluster."""
    cluster_share: Mapped[float] = mapped_column("of_cluster", default=0.0)
    """0..1, share of the cluster, of ideas read before, that is in the theme."""
    n_shared: Mapped[int] = mapped_column(default=0)
    is_successor: Mapped[bool] = mapped_column("is_heir", default=False)
    """The one cluster that continues the theme."""

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
    ACCEPTED = "TAKEN"
    DISMISSED = "LEFT"
    SUPERSEDED = "SUPERSEDED"

    __labels__ = {
        OPEN: _l("기다림"),
        ACCEPTED: _l("받아들임"),
        DISMISSED: _l("그대로 둠"),
        SUPERSEDED: _l("새 분석으로 바뀜"),
    }


class Proposal(Base):
    """달라진 점: a change of a theme that a later run proposes. An analyst accepts or dismisses it."""

    __tablename__ = "theme_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"), index=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    kind: Mapped[ProposalKind] = mapped_column(enum_type(ProposalKind, "proposal_kind"))
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    """The cluster of the run that the proposal is about."""
    other_theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"))
    """The theme that its ideas drifted to, or that shares its cluster."""
    idea_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    state: Mapped[ProposalState] = mapped_column(enum_type(ProposalState, "proposal_state"), default=ProposalState.OPEN)
    act_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme_act.id"))
    """The edit that accepted or dismissed it; undoing the edit reopens it."""

    theme: Mapped[Theme] = relationship(foreign_keys=[theme_id])
    other_theme: Mapped[Theme | None] = relationship(foreign_keys=[other_theme_id])
    cluster: Mapped[Cluster | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("(state IN ('TAKEN', 'LEFT')) = (act_id IS NOT NULL)", name="decided_by_an_act"),
        sa.CheckConstraint("other_theme_id IS NULL OR other_theme_id <> theme_id", name="other_is_another"),
    )

    @property
    def is_open(self) -> bool:
        return self.state is ProposalState.OPEN

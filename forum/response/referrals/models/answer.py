"""A ministry's answer, and its lines to single ideas. The slice `answers` writes these tables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Account
from forum.response.referrals.models.referral import Referral

if TYPE_CHECKING:
    from forum.response.referrals.models.milestone import Milestone


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

    @property
    def tone(self) -> str:
        """The tone of its badge (`components/badge.html`); the word says the same."""
        return _TONES[self]

    @property
    def meaning(self) -> str:
        """What it means, as a sentence for people who do not know the word."""
        return str(_MEANINGS[self])


_MEANINGS = {
    Decision.ACCEPTED: _l("제안을 받아들이기로 했어요."),
    Decision.PARTLY: _l("제안 가운데 일부만 받아들이기로 했어요."),
    Decision.ALREADY: _l("이미 하고 있는 일이래요."),
    Decision.LATER: _l("당장은 아니고, 시간을 두고 살펴보겠대요."),
    Decision.DECLINED: _l("지금은 받아들이기 어렵대요."),
}
_TONES = {
    Decision.ACCEPTED: "success",
    Decision.PARTLY: "success",
    Decision.ALREADY: "information",
    Decision.LATER: "warning",
    Decision.DECLINED: "gray",
}


BECAME_POLICY = frozenset({Decision.ACCEPTED, Decision.PARTLY})
MAY_BE_REEXAMINED = frozenset(Decision) - {Decision.ACCEPTED}
"""Decisions after which the citizens' side may ask for a re-examination: all but full acceptance."""


class Answer(Base):
    """답변: a ministry's decision with its reason, written by one officer and approved by another.

    A published answer is never edited (a trigger refuses it); a further version may follow.
    """

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"))
    version: Mapped[int] = mapped_column(default=1)
    decision: Mapped[Decision] = mapped_column(enum_type(Decision, "answer_decision"))
    reason: Mapped[str] = mapped_column(sa.Text)
    contact_office: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    """The officer who wrote it last; `AnswerWriter` has all."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1, server_default="0")
    """Number of times the draft's words changed; 0 for answers published before drafts existed."""
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_note: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    """The approver's note of what to change, when the draft was last returned; emptied at the publication."""
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
    def may_be_reexamined(self) -> bool:
        """Return whether the answer accepts less than everything, by itself or in a line to a single idea."""
        decided = {point.decision for point in self.points} - {None}
        return self.decision in MAY_BE_REEXAMINED or bool(decided & MAY_BE_REEXAMINED)

    @property
    def percent_done(self) -> int | None:
        """Return the share of the promised steps that is done, by weight; None if nothing was promised."""
        total = sum(milestone.weight for milestone in self.milestones)
        done = sum(milestone.weight * milestone.percent_done for milestone in self.milestones)
        return done // total if total else None


class AnswerPoint(Base):
    """The answer's line to one idea of the letter. Fixed once the answer is published.

    It may have a decision of its own, apart from the answer's: `answers.acceptance` says what follows from it.
    """

    __tablename__ = "answer_point"

    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("answer.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
    decision: Mapped[Decision | None] = mapped_column(enum_type(Decision, "point_decision"))

    answer: Mapped[Answer] = relationship(back_populates="points")

    __table_args__ = (sa.CheckConstraint("text <> ''", name="says_something"),)

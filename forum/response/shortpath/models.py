"""The short path of everyday ideas: a check within three working days, and what the office did.

The letter and its answer are a referral and an `Answer` as for every theme; these tables say what is special.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Account
from forum.response.referrals.models import Answer, Decision, Referral
from forum.system.blobs.models import Blob
from forum.voice.ideas.models import Idea


class CheckOutcome(LabelledEnum):
    SENT = "SENT"
    SAME = "SAME"
    NOT_HERE = "NOT_HERE"
    CLOSED = "CLOSED"

    __labels__ = {
        SENT: _l("맡은 곳에 보냄"),
        SAME: _l("먼저 나온 제안에 합침"),
        NOT_HERE: _l("이 포럼에서 다룰 수 없음"),
        CLOSED: _l("확인 전에 거두어짐"),
    }


class EverydayCheck(Base):
    """확인: whether the same was asked before, and which office is responsible; due within three working days.

    It starts with the idea, is public, and ends with one outcome. An idea that is withdrawn or hidden before ends it as
    CLOSED.
    """

    __tablename__ = "everyday_check"

    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, autoincrement=False)
    started_on: Mapped[date]
    due_on: Mapped[date]
    outcome: Mapped[CheckOutcome | None] = mapped_column(enum_type(CheckOutcome, "everyday_check_outcome"))
    referral_id: Mapped[int | None] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    """The letter that it was sent with."""
    same_as_id: Mapped[int | None] = mapped_column(sa.ForeignKey("idea.id"), index=True)
    """The earlier idea that asked the same, into which it was merged."""
    office_name: Mapped[str] = mapped_column(sa.String(60), default="")
    """시·군·구 or office within the 시·도, as text for the letter and the page."""
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_on: Mapped[date | None]
    """The day of `decided_at` in Seoul."""
    reminded_on: Mapped[date | None]
    """The day in Seoul on which the analysts were last reminded of it."""
    revision: Mapped[int] = mapped_column(default=1)
    """Grows with each outcome, and each time it is opened again."""

    idea: Mapped[Idea] = relationship(foreign_keys=[idea_id])
    same_as: Mapped[Idea | None] = relationship(foreign_keys=[same_as_id])
    referral: Mapped[Referral | None] = relationship()
    decided_by: Mapped[Account | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("due_on >= started_on", name="due_not_before_it_starts"),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL) AND (outcome IS NULL) = (decided_on IS NULL)",
            name="decided_at_a_time",
        ),
        sa.CheckConstraint(
            "coalesce(outcome = 'CLOSED', false) OR (outcome IS NULL) = (decided_by_id IS NULL)", name="decided_by"
        ),
        sa.CheckConstraint("coalesce(outcome = 'SENT', false) = (referral_id IS NOT NULL)", name="sent_with_a_letter"),
        sa.CheckConstraint("coalesce(outcome = 'SAME', false) = (same_as_id IS NOT NULL)", name="same_as_another"),
        sa.CheckConstraint("same_as_id IS NULL OR same_as_id <> idea_id", name="never_the_same_as_itself"),
        sa.CheckConstraint("outcome IS NULL OR outcome <> 'NOT_HERE' OR reason <> ''", name="refused_with_a_reason"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index(
            "ix_everyday_check_waiting",
            "due_on",
            "idea_id",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        ),
    )

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    @property
    def days_late(self) -> int:
        """Return the days past the due date, until the outcome or until today; zero if in time."""
        return max(0, ((self.decided_on or clock.today()) - self.due_on).days)


class ShortAnswerKind(LabelledEnum):
    """What the office says it did. Each stands for a `Decision` of the answer (`DECISIONS`)."""

    ALREADY_FIXED = "ALREADY_FIXED"
    FIXED_NOW = "FIXED_NOW"
    PILOT = "PILOT"
    NO = "NO"

    __labels__ = {
        ALREADY_FIXED: _l("이미 고쳤어요"),
        FIXED_NOW: _l("이번에 고쳤어요"),
        PILOT: _l("먼저 작게 해 볼게요"),
        NO: _l("고치기 어려워요"),
    }

    @property
    def meaning(self) -> str:
        """What the office says, as a sentence for everybody. It says no more than happened."""
        return str(_MEANINGS[self])


_MEANINGS = {
    ShortAnswerKind.ALREADY_FIXED: _l("제안보다 먼저 고쳐 두었대요."),
    ShortAnswerKind.FIXED_NOW: _l("제안을 받아들여 이번에 고쳤대요."),
    ShortAnswerKind.PILOT: _l("일부 수용: 먼저 작게 해 봐요. 더 넓게 할지는 해 본 결과를 보고 정해요."),
    ShortAnswerKind.NO: _l("지금은 고치기 어렵대요."),
}


MAX_PHOTOS = 3
"""Of one answer."""
DECISIONS = {
    ShortAnswerKind.ALREADY_FIXED: Decision.ALREADY,
    ShortAnswerKind.FIXED_NOW: Decision.ACCEPTED,
    ShortAnswerKind.PILOT: Decision.PARTLY,
    ShortAnswerKind.NO: Decision.DECLINED,
}
"""A pilot accepts a part: it is tried, and nothing more is promised."""


class ShortAnswer(Base):
    """What kind of short answer an `Answer` is. Fixed once the answer is published."""

    __tablename__ = "short_answer"

    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("answer.id"), primary_key=True, autoincrement=False)
    kind: Mapped[ShortAnswerKind] = mapped_column(enum_type(ShortAnswerKind, "short_answer_kind"))
    why_no_photo: Mapped[str] = mapped_column(sa.String(200), default="")
    """Why nothing shows that it was fixed already; empty where a photo does."""

    answer: Mapped[Answer] = relationship()


class AnswerPhoto(Base):
    """A photo with which the office shows what was fixed. Its caption says what it shows, and is required."""

    __tablename__ = "answer_photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("answer.id"), index=True)
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    sha256: Mapped[str] = mapped_column(sa.ForeignKey("blob.sha256"), index=True)
    width: Mapped[int]
    height: Mapped[int]
    caption: Mapped[str] = mapped_column(sa.String(200))
    taken_on: Mapped[date | None]
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    answer: Mapped[Answer] = relationship()
    blob: Mapped[Blob] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("answer_id", "position"),
        sa.CheckConstraint("position BETWEEN 1 AND 3", name="has_a_place"),
        sa.CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
        sa.CheckConstraint("caption <> ''", name="says_what_it_shows"),
    )

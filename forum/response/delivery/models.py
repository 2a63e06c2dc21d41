"""됐나요?: what people who took part say of a milestone that a ministry marked done."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.people.accounts.models import Participant
from forum.response.referrals.models import Milestone

MAX_HELPS = 10
MAX_COMMENT_CHARS = 500


class RoundEnd(LabelledEnum):
    """Why people are not asked about a milestone any more."""

    REOPENED = "REOPENED"
    """The ministry says that it is not done after all."""
    REPLACED = "REPLACED"
    """Another answer took the place of the one that promised it."""

    __labels__ = {REOPENED: _l("다시 하는 중"), REPLACED: _l("답변이 바뀜")}


class Happened(LabelledEnum):
    YES = "YES"
    PARTLY = "PARTLY"
    NO = "NO"
    UNSURE = "UNSURE"

    __labels__ = {YES: _l("됐어요"), PARTLY: _l("일부만 됐어요"), NO: _l("안 됐어요"), UNSURE: _l("모르겠어요")}


class RatingState(LabelledEnum):
    VISIBLE = "VISIBLE"
    HIDDEN = "HIDDEN"
    """Its comment was hidden by moderation with a reason, or for want of a guardian's consent."""
    REMOVED = "REMOVED"
    """Left behind by somebody who left: the row stays for reports about it, and counts no more."""

    __labels__ = {VISIBLE: _l("공개"), HIDDEN: _l("숨김"), REMOVED: _l("지움")}


class RatingRound(Base):
    """평가 회차: from the day on which a milestone is marked done until it is reopened or another answer replaces it.

    Marked done again, a milestone gets a new round, and people are asked again; only the open round is counted.
    """

    __tablename__ = "rating_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    milestone_id: Mapped[int] = mapped_column(sa.ForeignKey("milestone.id"))
    number: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When those who took part were asked."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_because: Mapped[RoundEnd | None] = mapped_column(enum_type(RoundEnd, "rating_round_end"))

    milestone: Mapped[Milestone] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("milestone_id", "number"),
        sa.CheckConstraint("number >= 1", name="counts_from_one"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_for_a_reason"),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= opened_at", name="ends_after_it_opened"),
        sa.Index(
            "uq_rating_round_open",
            "milestone_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )


class MilestoneRating(Base):
    """평가: one person's word on one milestone in one round. Triggers refuse it once the round has ended."""

    __tablename__ = "milestone_rating"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rating_round.id"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    happened: Mapped[Happened] = mapped_column(enum_type(Happened, "rating_happened"))
    helps: Mapped[int | None] = mapped_column(sa.SmallInteger)
    """0 not at all, 10 very much; None: no opinion."""
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    """Shown without a name and without the two other answers."""
    state: Mapped[RatingState] = mapped_column(enum_type(RatingState, "rating_state"), default=RatingState.VISIBLE)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    round: Mapped[RatingRound] = relationship()
    author: Mapped[Participant] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("round_id", "author_id"),
        sa.CheckConstraint(f"helps BETWEEN 0 AND {MAX_HELPS}", name="helps_is_0_to_10"),
        sa.CheckConstraint("state <> 'REMOVED' OR comment = ''", name="removed_without_its_comment"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )

    @validates("comment")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, UtcDateTime

NOT_NEGATIVE = 'agree >= 0 AND disagree >= 0 AND "pass" >= 0'


class SheetCount(Base):
    """One person's count of a gathering's vote sheets. Two people count; neither sees what the other typed."""

    __tablename__ = "sheet_count"

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering.id"))
    counted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    n_sheets: Mapped[int] = mapped_column(sa.SmallInteger)
    revision: Mapped[int] = mapped_column(default=1)
    """How often the person typed it."""
    round: Mapped[int] = mapped_column(sa.SmallInteger, default=1, server_default="1")
    """Counts of one round are compared. Where they differ, the next round begins: everybody counts again."""
    differs: Mapped[list[int]] = mapped_column(sa.JSON, default=list, server_default="[]")
    """Ids of the ideas whose numbers differed from somebody else's when it was last compared; 0 is the sheets."""
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    rows: Mapped[list[SheetCountRow]] = relationship(
        order_by="SheetCountRow.idea_id", cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (
        sa.UniqueConstraint("gathering_id", "counted_by_id"),
        sa.CheckConstraint("n_sheets >= 1", name="counts_sheets"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.CheckConstraint("round >= 1", name="round_counts_from_one"),
    )


class SheetCountRow(Base):
    """What a person counted for one idea. Sheets that leave it blank are the rest."""

    __tablename__ = "sheet_count_row"

    count_id: Mapped[int] = mapped_column(sa.ForeignKey("sheet_count.id", ondelete="CASCADE"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True)
    agree: Mapped[int] = mapped_column(sa.SmallInteger)
    disagree: Mapped[int] = mapped_column(sa.SmallInteger)
    pass_: Mapped[int] = mapped_column("pass", sa.SmallInteger)

    __table_args__ = (sa.CheckConstraint(NOT_NEGATIVE, name="never_negative"),)


class PaperResult(Base):
    """The accepted count of a gathering's vote sheets: two people counted the same."""

    __tablename__ = "paper_result"

    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering.id"), primary_key=True, autoincrement=False)
    n_sheets: Mapped[int] = mapped_column(sa.SmallInteger)
    first_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    second_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.CheckConstraint("n_sheets >= 1", name="counts_sheets"),
        sa.CheckConstraint("first_by_id <> second_by_id", name="counted_by_two"),
        sa.UniqueConstraint("gathering_id", "n_sheets"),  # for the composite foreign key of its tallies
    )


class PaperTally(Base):
    """How many sheets agreed with an idea on a room's table. They are nobody's votes.

    Shown beside the votes as 종이로, and in totals printed with and without; never in the tally of votes, in groups,
    intervals or slates.
    """

    __tablename__ = "paper_tally"

    gathering_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    idea_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
    n_sheets: Mapped[int] = mapped_column(sa.SmallInteger)
    """Of the result, so that the database can refuse more marks than sheets."""
    agree: Mapped[int] = mapped_column(sa.SmallInteger)
    disagree: Mapped[int] = mapped_column(sa.SmallInteger)
    pass_: Mapped[int] = mapped_column("pass", sa.SmallInteger)

    __table_args__ = (
        sa.ForeignKeyConstraint(["gathering_id", "idea_id"], ["idea_room.gathering_id", "idea_room.idea_id"]),
        sa.ForeignKeyConstraint(["gathering_id", "n_sheets"], ["paper_result.gathering_id", "paper_result.n_sheets"]),
        sa.CheckConstraint(NOT_NEGATIVE, name="never_negative"),
        sa.CheckConstraint('agree + disagree + "pass" <= n_sheets', name="no_more_marks_than_sheets"),
    )

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, UtcDateTime

AGREE, PASS, DISAGREE = 1, 0, -1
VALUES = (AGREE, PASS, DISAGREE)


class Vote(Base):
    """The present vote of one participant on one idea: +1 찬성, 0 넘김, −1 반대."""

    __tablename__ = "vote"

    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), primary_key=True, index=True)
    value: Mapped[int] = mapped_column(sa.SmallInteger)
    cast_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (sa.CheckConstraint("value IN (-1, 0, 1)", name="value_is_known"),)


class VoteEvent(Base):
    """One cast, change or clearing of a vote, in order. Append-only: triggers refuse UPDATE and DELETE.

    `value` is NULL where the vote was cleared.
    """

    __tablename__ = "vote_event"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), index=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"))
    value: Mapped[int | None] = mapped_column(sa.SmallInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (sa.CheckConstraint("value IS NULL OR value IN (-1, 0, 1)", name="value_is_known"),)

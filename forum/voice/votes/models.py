from __future__ import annotations

from datetime import datetime
from typing import Any

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
    """When the person voted. A vote that waited on a device for the network was cast before it arrived."""
    shown_probability: Mapped[float | None] = mapped_column(sa.Float)
    """With what probability a draw showed the person this idea, as of their first vote on it.

    It tells how the person came to be asked, not what they answered: so it stays when the vote changes, and a vote from
    a list, where everything stands side by side, has none.
    """
    excluded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("vote_exclusion.id"))
    """The exclusion in force because of which it does not count; NULL for a vote that counts."""

    __table_args__ = (
        sa.CheckConstraint("value IN (-1, 0, 1)", name="value_is_known"),
        sa.CheckConstraint("shown_probability > 0 AND shown_probability <= 1", name="shown_probability_is_one"),
        sa.Index(
            "ix_vote_excluded",
            "excluded_by_id",
            sqlite_where=sa.text("excluded_by_id IS NOT NULL"),
            postgresql_where=sa.text("excluded_by_id IS NOT NULL"),
        ),
    )


class VoteExclusion(Base):
    """From when to when one person's votes in a campaign do not count. A moderator decides it (`voice.integrity`).

    Their votes stay and are marked (`Vote.excluded_by_id`); while it is in force they cast no further ones there.
    Triggers refuse those, a mark by an exclusion of somebody else or of another campaign, and an end before the marks
    are taken off.
    """

    __tablename__ = "vote_exclusion"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.CheckConstraint("lifted_at IS NULL OR lifted_at >= began_at", name="lifted_after_it_began"),
        sa.Index(
            "uq_vote_exclusion_open",
            "participant_id",
            "campaign_id",
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
        sa.Index(None, "campaign_id"),
    )

    @property
    def is_open(self) -> bool:
        return self.lifted_at is None

    @classmethod
    def in_force(cls, participant_id: Any, campaign_id: Any) -> sa.ColumnElement[bool]:
        """Return the condition that it is one of this person in this campaign, and not lifted: values or columns."""
        return sa.and_(cls.participant_id == participant_id, cls.campaign_id == campaign_id, cls.lifted_at.is_(None))


class VoteEvent(Base):
    """One cast, change or clearing of a vote, in order. Append-only: triggers refuse UPDATE and DELETE.

    `value` is NULL where the vote was cleared. `at` is when the forum recorded it, so times grow with the ids.
    """

    __tablename__ = "vote_event"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"))
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"))
    value: Mapped[int | None] = mapped_column(sa.SmallInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.CheckConstraint("value IS NULL OR value IN (-1, 0, 1)", name="value_is_known"),
        sa.Index(None, "idea_id", "id"),
        sa.Index(
            "ix_vote_event_clearings",
            "participant_id",
            "idea_id",
            postgresql_where=sa.text("value IS NULL"),
            sqlite_where=sa.text("value IS NULL"),
        ),
    )

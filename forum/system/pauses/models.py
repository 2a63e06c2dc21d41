from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, UtcDateTime


class ElectionPause(Base):
    """A span of days in Seoul on which no gathering is announced, started or registered for, and no mailing sent.

    Pauses may overlap: elections do. It holds on its last day too, unless it was ended before.
    """

    __tablename__ = "election_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    """The election, for admins: pages say only that it is an election, and until when."""
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    """Why, for admins: the article of the law, the lawyer's advice."""
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """NULL if a command set it as the system."""
    set_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an admin ended it early. It holds no more from then on."""
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="has_a_name"),
        sa.CheckConstraint("ends_on >= begins_on", name="ends_after_it_begins"),
        sa.CheckConstraint("ended_by_id IS NULL OR ended_at IS NOT NULL", name="ended_by_somebody_at_a_time"),
        sa.CheckConstraint("ended_at >= set_at", name="ended_after_it_was_set"),
        sa.Index(
            "uq_election_pause_set_once",
            "name",
            "begins_on",
            "ends_on",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index(None, "ends_on"),
    )

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.ends_on < clock.today()

    @property
    def is_in_force(self) -> bool:
        return not self.is_over and self.begins_on <= clock.today()

"""Table of a campaign's own synonyms."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, UtcDateTime

MAX_LIST_CHARS = 10_000


class SynonymList(Base):
    """The synonyms of one campaign, as an analyst typed them. A campaign without a row has only the shipped ones."""

    __tablename__ = "synonym_list"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    words: Mapped[str] = mapped_column(sa.Text)
    """One group a line, its words separated by commas."""
    version: Mapped[int]
    """Grows with each change; a page that shows another one is out of date."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.CheckConstraint("version >= 1", name="version_counts_from_one"),
        sa.CheckConstraint(f"length(words) <= {MAX_LIST_CHARS}", name="is_no_book"),
    )

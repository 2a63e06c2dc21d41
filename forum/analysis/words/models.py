"""Table of a campaign's own words."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, UtcDateTime

MAX_LIST_CHARS = 10_000


class CampaignWords(Base):
    """The words of one campaign, as an analyst typed them. A campaign without a row has only the shipped ones."""

    __tablename__ = "campaign_words"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    user_words: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    """One word a line."""
    synonyms: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    """One group a line, its words separated by commas."""
    version: Mapped[int]
    """Grows with each change; a page that shows another one is out of date."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.CheckConstraint("version >= 1", name="version_counts_from_one"),
        sa.CheckConstraint(f"length(user_words) <= {MAX_LIST_CHARS}", name="user_words_are_no_book"),
        sa.CheckConstraint(f"length(synonyms) <= {MAX_LIST_CHARS}", name="synonyms_are_no_book"),
    )

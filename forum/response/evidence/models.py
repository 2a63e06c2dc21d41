"""What a letter says of earlier results, as it was when it was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, UtcDateTime
from forum.response.referrals.models import Referral


class LetterEvidence(Base):
    """해 본 결과: pledges, pilots and ratings of the letter's theme when it was sent. Append-only."""

    __tablename__ = "letter_evidence"

    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"), primary_key=True, autoincrement=False)
    content: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    """Sentences with the page that each leads to: `[{"words": …, "path": …}, …]`."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    referral: Mapped[Referral] = relationship()

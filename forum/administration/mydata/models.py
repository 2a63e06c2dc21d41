from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, UtcDateTime


class Departure(Base):
    """A closed account, and each guest pass that was joined to it.

    Never changed or deleted; only with this row do the triggers allow deleting vote events.
    """

    __tablename__ = "departure"

    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), primary_key=True)
    keeps_posts: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

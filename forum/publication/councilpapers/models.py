from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, UtcDateTime
from forum.deliberation.meetings.models import CouncilMeeting


class CouncilPaper(Base):
    """회의 자료: the papers of a meeting as one report, in files. Made again it gets the next number; none changes.

    Its text is the JSON of a document (`digests.renderers.plain`), which its page draws.
    """

    __tablename__ = "council_paper"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("council_meeting.id"))
    number: Mapped[int] = mapped_column(default=1)
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    data_cut_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    document: Mapped[dict[str, Any]] = deferred(mapped_column(sa.JSON, nullable=False))

    meeting: Mapped[CouncilMeeting] = relationship()
    files: Mapped[list[CouncilPaperFile]] = relationship(order_by="CouncilPaperFile.format")

    __table_args__ = (
        sa.UniqueConstraint("meeting_id", "number"),
        sa.CheckConstraint("number >= 1", name="counts_from_one"),
        sa.CheckConstraint("published_at >= data_cut_at", name="published_after_it_was_counted"),
    )


class CouncilPaperFile(Base):
    """A rendered paper. It is stored in the database, so that it is complete or absent, and is in the backup."""

    __tablename__ = "council_paper_file"

    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("council_paper.id"), primary_key=True, autoincrement=False)
    format: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size_bytes: Mapped[int]
    n_pages: Mapped[int | None]
    """Of a PDF; None in other formats."""
    content: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary, nullable=False))

    __table_args__ = (
        sa.CheckConstraint("length(sha256) = 64", name="has_a_sha256"),
        sa.CheckConstraint("size_bytes > 0", name="is_not_empty"),
        sa.CheckConstraint("n_pages > 0", name="has_pages"),
    )

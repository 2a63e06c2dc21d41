from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from forum.core.database import Base, UtcDateTime
from forum.deliberation.joint.models import JointSession


class DayReport(Base):
    """그날 보고서: what a joint session came to. It needs no analysis, so it is no digest, and is written once.

    Its text is the JSON of a document (`digests.renderers.plain`), which its page draws. Triggers refuse to change or
    delete it and its files.
    """

    __tablename__ = "day_report"

    session_id: Mapped[int] = mapped_column(sa.ForeignKey("joint_session.id"), primary_key=True, autoincrement=False)
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    data_cut_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When people, ideas and votes were counted, in one transaction."""
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    document: Mapped[dict[str, Any]] = deferred(mapped_column(sa.JSON, nullable=False))

    session: Mapped[JointSession] = relationship()
    files: Mapped[list[DayReportFile]] = relationship(order_by="DayReportFile.format")

    __table_args__ = (sa.CheckConstraint("published_at >= data_cut_at", name="published_after_it_was_counted"),)


class DayReportFile(Base):
    """A rendered report. It is stored in the database, so that it is complete or absent, and is in the backup."""

    __tablename__ = "day_report_file"

    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("day_report.session_id"), primary_key=True, autoincrement=False
    )
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

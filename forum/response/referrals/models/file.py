"""Files of a referral."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l


class FileKind(LabelledEnum):
    LETTER = "LETTER"
    CORRECTION = "CORRECTION"
    EVIDENCE = "EVIDENCE"

    __labels__ = {
        LETTER: _l("편지의 붙임"),
        CORRECTION: _l("보완 자료"),
        EVIDENCE: _l("이행 증빙"),
    }


class ReferralFile(Base):
    """A file attached to a letter, a correction or a report of progress. Kept in the database, never edited."""

    __tablename__ = "referral_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("referral_event.id"))
    kind: Mapped[FileKind] = mapped_column(enum_type(FileKind, "referral_file_kind"))
    name: Mapped[str] = mapped_column(sa.String(120))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary, nullable=False))
    uploaded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.CheckConstraint("length(sha256) = 64", name="has_a_sha256"),
        sa.CheckConstraint("size_bytes > 0", name="is_not_empty"),
        sa.CheckConstraint("name <> ''", name="has_a_name"),
    )

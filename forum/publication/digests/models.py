from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from forum.analysis.themes.models import ThemeRun
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.voice.campaigns.models import Campaign


class DigestState(LabelledEnum):
    BUILDING = "BUILDING"
    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"

    __labels__ = {
        BUILDING: _l("만드는 중"),
        PUBLISHED: _l("나옴"),
        FAILED: _l("실패"),
    }


class Digest(Base):
    """정책 보고서: a report of one run and one data cut. `counts` are the numbers it states."""

    __tablename__ = "digest"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int]
    run_id: Mapped[int]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    state: Mapped[DigestState] = mapped_column(enum_type(DigestState, "digest_state"), default=DigestState.BUILDING)
    data_cut_at: Mapped[datetime] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    built_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship(foreign_keys="Digest.campaign_id", viewonly=True)
    run: Mapped[ThemeRun] = relationship(foreign_keys="Digest.run_id", viewonly=True)
    files: Mapped[list[DigestFile]] = relationship(back_populates="digest", order_by="DigestFile.format")

    __table_args__ = (
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_digest_campaign"),
        sa.ForeignKeyConstraint(
            ["run_id", "campaign_id"], ["theme_run.id", "theme_run.campaign_id"], name="fk_digest_run_of_campaign"
        ),
        sa.UniqueConstraint("id", "run_id"),
        sa.CheckConstraint("(state = 'PUBLISHED') = (published_at IS NOT NULL)", name="published_has_a_time"),
    )


class DigestFile(Base):
    """A rendered report. It is stored in the database, so that it is complete or absent, and is in the backup."""

    __tablename__ = "digest_file"

    digest_id: Mapped[int] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    run_id: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size_bytes: Mapped[int]
    content: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary))

    digest: Mapped[Digest] = relationship(back_populates="files")

    __table_args__ = (
        sa.ForeignKeyConstraint(["digest_id", "run_id"], ["digest.id", "digest.run_id"], name="fk_digest_file_digest"),
        sa.CheckConstraint("length(sha256) = 64", name="has_a_sha256"),
        sa.CheckConstraint("size_bytes > 0", name="is_not_empty"),
    )


class DigestPart(Base):
    """What the digest's page shows: its body as HTML of ours (`PAGE`), and its pictures. Older digests have none."""

    __tablename__ = "digest_part"

    digest_id: Mapped[int] = mapped_column(sa.ForeignKey("digest.id"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    media_type: Mapped[str] = mapped_column(sa.String(80))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary, nullable=False))

    __table_args__ = (
        sa.CheckConstraint("length(sha256) = 64", name="has_a_sha256"),
        sa.CheckConstraint("length(content) > 0", name="is_not_empty"),
    )


PAGE = "page.html"

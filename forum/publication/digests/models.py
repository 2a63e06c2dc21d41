from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from forum.analysis.opinions.models import OpinionSnapshot
from forum.analysis.themes.models import Theme, ThemeRun
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.ministries.models import Ministry
from forum.voice.campaigns.models import Campaign, PhaseKind


class DigestKind(LabelledEnum):
    """What a digest is about; `kinds.py` says how each is made. A further kind needs a migration and an entry there."""

    CAMPAIGN = "CAMPAIGN"
    MINISTRY = "MINISTRY"
    THEME = "THEME"

    __labels__ = {
        CAMPAIGN: _l("포럼 전체 보고서"),
        MINISTRY: _l("소관부처 보고서"),
        THEME: _l("주제 요약"),
    }


class PeriodKind(LabelledEnum):
    """Days that a digest looks at; `periods.py` finds them."""

    ALL = "ALL"
    WEEK = "WEEK"
    MONTH = "MONTH"
    PHASE = "PHASE"
    CUSTOM = "CUSTOM"

    __labels__ = {
        ALL: _l("처음부터"),
        WEEK: _l("최근 한 주"),
        MONTH: _l("최근 한 달"),
        PHASE: _l("한 단계"),
        CUSTOM: _l("날짜를 골라서"),
    }


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
    """정책 보고서: a report of one run, one data cut and one opinion snapshot. `counts` are the numbers it states.

    Its phase is kept by its kind, of which a campaign has one each: the row of a phase may be deleted.
    """

    __tablename__ = "digest"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int]
    run_id: Mapped[int]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    snapshot_id: Mapped[int | None]
    """The current opinion snapshot at the data cut; None where there was none that says anything."""
    kind: Mapped[DigestKind] = mapped_column(
        enum_type(DigestKind, "digest_kind"), default=DigestKind.CAMPAIGN, server_default="CAMPAIGN"
    )
    ministry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ministry.id"))
    theme_id: Mapped[int | None]
    period_kind: Mapped[PeriodKind] = mapped_column(
        enum_type(PeriodKind, "digest_period"), default=PeriodKind.ALL, server_default="ALL"
    )
    period_from: Mapped[date | None]
    """First day in Seoul; `period_to` is the last. None: all days up to the data cut."""
    period_to: Mapped[date | None]
    phase_kind: Mapped[PhaseKind | None] = mapped_column(enum_type(PhaseKind, "digest_phase"))
    state: Mapped[DigestState] = mapped_column(enum_type(DigestState, "digest_state"), default=DigestState.BUILDING)
    data_cut_at: Mapped[datetime] = mapped_column(UtcDateTime)
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    built_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship(foreign_keys="Digest.campaign_id", viewonly=True)
    run: Mapped[ThemeRun] = relationship(foreign_keys="Digest.run_id", viewonly=True)
    ministry: Mapped[Ministry | None] = relationship()
    theme: Mapped[Theme | None] = relationship(
        primaryjoin="Digest.theme_id == Theme.id", foreign_keys="Digest.theme_id", viewonly=True
    )
    snapshot: Mapped[OpinionSnapshot | None] = relationship(
        primaryjoin="Digest.snapshot_id == OpinionSnapshot.id", foreign_keys="Digest.snapshot_id", viewonly=True
    )
    files: Mapped[list[DigestFile]] = relationship(back_populates="digest", order_by="DigestFile.format")

    __table_args__ = (
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_digest_campaign"),
        sa.ForeignKeyConstraint(
            ["run_id", "campaign_id"], ["theme_run.id", "theme_run.campaign_id"], name="fk_digest_run_of_campaign"
        ),
        sa.ForeignKeyConstraint(
            ["theme_id", "campaign_id"], ["theme.id", "theme.campaign_id"], name="fk_digest_theme_of_campaign"
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id", "campaign_id"],
            ["opinion_snapshot.id", "opinion_snapshot.campaign_id"],
            name="fk_digest_snapshot_of_campaign",
        ),
        sa.UniqueConstraint("id", "run_id"),
        sa.CheckConstraint("(kind = 'MINISTRY') = (ministry_id IS NOT NULL)", name="a_ministrys_has_a_ministry"),
        sa.CheckConstraint("(kind = 'THEME') = (theme_id IS NOT NULL)", name="a_themes_has_a_theme"),
        sa.CheckConstraint("(period_kind = 'ALL') = (period_from IS NULL)", name="all_has_no_first_day"),
        sa.CheckConstraint("(period_from IS NULL) = (period_to IS NULL)", name="a_period_has_both_ends"),
        sa.CheckConstraint("period_from <= period_to", name="days_are_in_order"),
        sa.CheckConstraint("(period_kind = 'PHASE') = (phase_kind IS NOT NULL)", name="a_phases_has_a_phase"),
        sa.Index("ix_digest_newest", "campaign_id", "kind", "id"),
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
    n_pages: Mapped[int | None]
    """Pages of a PDF, sheets of a workbook; None in other formats, and in files of earlier versions."""
    content: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary))

    digest: Mapped[Digest] = relationship(back_populates="files")

    __table_args__ = (
        sa.ForeignKeyConstraint(["digest_id", "run_id"], ["digest.id", "digest.run_id"], name="fk_digest_file_digest"),
        sa.CheckConstraint("length(sha256) = 64", name="has_a_sha256"),
        sa.CheckConstraint("size_bytes > 0", name="is_not_empty"),
        sa.CheckConstraint("n_pages > 0", name="has_pages"),
    )


class DigestPart(Base):
    """What the digest's page shows: its text, as the JSON of a document (`DOCUMENT`), and its pictures.

    Digests from before 2026-12 have none.
    """

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


DOCUMENT = "document.json"

"""Data of public interest that companies, groups and public bodies hold: what it is, and on what terms one gets it."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.reference import Sector
from forum.people.accounts.models import Account

MAX_TITLE_CHARS = 120
MAX_SUMMARY_CHARS = 3_000
MAX_KEYWORDS = 10
MAX_KEYWORD_CHARS = 30
MAX_COLUMNS = 500
MAX_SAMPLE_ROWS = 20
MAX_CELL_CHARS = 200
MAX_ADDRESS_CHARS = 500


class HolderKind(LabelledEnum):
    COMPANY = "COMPANY"
    ASSOCIATION = "ASSOCIATION"
    PUBLIC_BODY = "PUBLIC_BODY"

    __labels__ = {COMPANY: _l("기업"), ASSOCIATION: _l("단체"), PUBLIC_BODY: _l("공공기관")}


class DataHolder(Base):
    """자료 보유기관: a company, group or public body that holds data. Its contact is an office, not a person."""

    __tablename__ = "data_holder"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    kind: Mapped[HolderKind] = mapped_column(enum_type(HolderKind, "data_holder_kind"))
    homepage: Mapped[str] = mapped_column(sa.String(MAX_ADDRESS_CHARS), default="")
    contact_office: Mapped[str] = mapped_column(sa.String(80))
    """Which office answers, such as 데이터전략팀."""
    contact_email: Mapped[str] = mapped_column(sa.String(254))
    """Public: an address of the office."""
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    created_by: Mapped[Account] = relationship()
    stewards: Mapped[list[DataSteward]] = relationship(back_populates="holder", order_by="DataSteward.id")

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="has_a_name"),
        sa.CheckConstraint("contact_office <> '' AND contact_email <> ''", name="says_who_answers"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )


class DataSteward(Base):
    """자료 담당자: an account that speaks for a holder, from a day on until it ends. The account keeps its role."""

    __tablename__ = "data_steward"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder_id: Mapped[int] = mapped_column(sa.ForeignKey("data_holder.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    holder: Mapped[DataHolder] = relationship(back_populates="stewards")
    account: Mapped[Account] = relationship(foreign_keys=[account_id])

    __table_args__ = (
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= added_at", name="ends_after_it_began"),
        sa.Index(
            "uq_data_steward_holder_id_account_id",
            "holder_id",
            "account_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )


class DatasetState(LabelledEnum):
    PROPOSED = "PROPOSED"
    TALKING = "TALKING"
    OFFERED = "OFFERED"
    ENDED = "ENDED"

    __labels__ = {
        PROPOSED: _l("제안"),
        TALKING: _l("협의"),
        OFFERED: _l("제공 중"),
        ENDED: _l("종료"),
    }


class Sensitivity(LabelledEnum):
    """Who may have the rows."""

    OPEN = "OPEN"
    RESTRICTED = "RESTRICTED"
    AGGREGATE = "AGGREGATE"

    __labels__ = {
        OPEN: _l("누구나"),
        RESTRICTED: _l("신청해서 승인받은 사람"),
        AGGREGATE: _l("집계한 값만"),
    }


class Refresh(LabelledEnum):
    """How often new data comes."""

    NEVER = "NEVER"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    ANNUAL = "ANNUAL"
    IRREGULAR = "IRREGULAR"

    __labels__ = {
        NEVER: _l("더 나오지 않음"),
        DAILY: _l("날마다"),
        WEEKLY: _l("주마다"),
        MONTHLY: _l("달마다"),
        QUARTERLY: _l("분기마다"),
        ANNUAL: _l("해마다"),
        IRREGULAR: _l("정해지지 않음"),
    }


class Licence(LabelledEnum):
    CC0 = "CC0"
    CC_BY_4 = "CC_BY_4"
    CC_BY_SA_4 = "CC_BY_SA_4"
    KOGL_1 = "KOGL_1"
    TERMS = "TERMS"

    __labels__ = {
        CC0: _l("CC0 (조건 없음)"),
        CC_BY_4: _l("CC BY 4.0 (출처 표시)"),
        CC_BY_SA_4: _l("CC BY-SA 4.0 (출처 표시, 같은 조건)"),
        KOGL_1: _l("공공누리 1유형 (출처 표시)"),
        TERMS: _l("따로 정한 이용 조건"),
    }


class Dataset(Base):
    """공익데이터: one set of data, from the proposal to its end. What it holds is said by its versions."""

    __tablename__ = "dataset"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder_id: Mapped[int] = mapped_column(sa.ForeignKey("data_holder.id"), index=True)
    identifier: Mapped[str | None] = mapped_column(sa.String(MAX_ADDRESS_CHARS))
    """What the catalogue calls it from which it was imported."""
    title: Mapped[str] = mapped_column(sa.String(MAX_TITLE_CHARS))
    summary: Mapped[str] = mapped_column(sa.Text)
    keywords: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    sector: Mapped[Sector] = mapped_column(enum_type(Sector, "dataset_sector"))
    row_means: Mapped[str] = mapped_column(sa.String(120))
    """Unit of observation: what one row is, such as 건물 유형 하나의 한 달."""
    region_code: Mapped[str | None] = mapped_column(sa.String(2))
    """A 시·도 of `data/regions.csv`; None for the whole country."""
    period_from: Mapped[date | None]
    period_until: Mapped[date | None]
    """Last day that the data covers; None while it goes on."""
    refresh: Mapped[Refresh] = mapped_column(enum_type(Refresh, "dataset_refresh"))
    sensitivity: Mapped[Sensitivity] = mapped_column(enum_type(Sensitivity, "dataset_sensitivity"))
    licence: Mapped[Licence] = mapped_column(enum_type(Licence, "dataset_licence"))
    terms: Mapped[str] = mapped_column(sa.Text, default="")
    """What one agrees to, in words; needed where the licence is `TERMS`."""
    price_won: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """Korean won for one use; 0 is free."""
    state: Mapped[DatasetState] = mapped_column(enum_type(DatasetState, "dataset_state"), default=DatasetState.PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    offered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was first offered."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    quality_points: Mapped[int] = mapped_column(default=0)
    """Of 405, as `quality.rate` counts them (the European data portal's MQA). Stored twice: `flask forum check`."""
    revision: Mapped[int] = mapped_column(default=1)

    holder: Mapped[DataHolder] = relationship()
    proposed_by: Mapped[Account] = relationship()
    versions: Mapped[list[DatasetVersion]] = relationship(back_populates="dataset", order_by="DatasetVersion.number")
    notes: Mapped[list[QualityNote]] = relationship(back_populates="dataset", order_by="QualityNote.id")

    __table_args__ = (
        sa.UniqueConstraint("holder_id", "identifier"),
        sa.CheckConstraint("title <> '' AND summary <> '' AND row_means <> ''", name="says_what_it_is"),
        sa.CheckConstraint("licence <> 'TERMS' OR terms <> ''", name="has_terms"),
        sa.CheckConstraint("price_won >= 0", name="costs_nothing_or_more"),
        sa.CheckConstraint(
            "period_until IS NULL OR (period_from IS NOT NULL AND period_until >= period_from)",
            name="period_in_order",
        ),
        sa.CheckConstraint(
            "(state = 'ENDED') = (ended_at IS NOT NULL) AND (state = 'ENDED') = (end_reason <> '')",
            name="ended_with_a_reason",
        ),
        sa.CheckConstraint("state <> 'OFFERED' OR offered_at IS NOT NULL", name="offered_at_a_time"),
        sa.CheckConstraint("quality_points BETWEEN 0 AND 405", name="points_in_range"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index("ix_dataset_state_id", "state", "id"),
    )


class DatasetVersion(Base):
    """One edition of a dataset with its dictionary. A draft until it is published; then it never changes."""

    __tablename__ = "dataset_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset.id"))
    number: Mapped[int]
    """Counted from 1 in the dataset."""
    changes: Mapped[str] = mapped_column(sa.Text, default="")
    """What is different from the version before."""
    sample_rows: Mapped[list[list[str]]] = mapped_column(sa.JSON, default=list)
    """A few rows as text, one cell for each column in order; made up where the rows are not open."""
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)

    dataset: Mapped[Dataset] = relationship(back_populates="versions")
    columns: Mapped[list[DatasetColumn]] = relationship(
        back_populates="version", order_by="DatasetColumn.position", cascade="all, delete-orphan"
    )
    distributions: Mapped[list[Distribution]] = relationship(
        back_populates="version", order_by="Distribution.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        sa.UniqueConstraint("dataset_id", "number"),
        sa.CheckConstraint("number >= 1", name="numbers_count_from_one"),
        sa.CheckConstraint("number = 1 OR published_at IS NULL OR changes <> ''", name="says_what_changed"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index(
            "uq_dataset_version_draft",
            "dataset_id",
            unique=True,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        ),
    )


class ColumnType(LabelledEnum):
    TEXT = "TEXT"
    INTEGER = "INTEGER"
    NUMBER = "NUMBER"
    DATE = "DATE"
    DATETIME = "DATETIME"
    BOOLEAN = "BOOLEAN"
    CODE = "CODE"

    __labels__ = {
        TEXT: _l("글자"),
        INTEGER: _l("정수"),
        NUMBER: _l("수"),
        DATE: _l("날짜"),
        DATETIME: _l("날짜와 시각"),
        BOOLEAN: _l("예·아니요"),
        CODE: _l("정해진 값 중 하나"),
    }


class DatasetColumn(Base):
    """One line of the data dictionary."""

    __tablename__ = "dataset_column"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset_version.id"))
    position: Mapped[int]
    """From 0, in the order of the file."""
    name: Mapped[str] = mapped_column(sa.String(80))
    """As in the file's first line."""
    meaning: Mapped[str] = mapped_column(sa.String(300))
    type: Mapped[ColumnType] = mapped_column(enum_type(ColumnType, "dataset_column_type"))
    unit: Mapped[str] = mapped_column(sa.String(30), default="")
    """Such as kWh; empty where there is none."""
    is_identifying: Mapped[bool] = mapped_column(default=False)
    """A quasi-identifier: together with others it may point to one person (k-anonymity counts over these)."""
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    """What nobody should learn of one person."""

    version: Mapped[DatasetVersion] = relationship(back_populates="columns")

    __table_args__ = (
        sa.UniqueConstraint("version_id", "position"),
        sa.UniqueConstraint("version_id", "name"),
        sa.CheckConstraint("position >= 0", name="positions_count_from_zero"),
        sa.CheckConstraint("name <> '' AND meaning <> ''", name="says_what_it_is"),
    )


class FileFormat(LabelledEnum):
    """What a distribution is written in; the media type and EU code of each are in `vocabularies`."""

    CSV = "CSV"
    JSON = "JSON"
    XLSX = "XLSX"
    PARQUET = "PARQUET"
    GEOJSON = "GEOJSON"

    __labels__ = {
        CSV: _l("CSV"),
        JSON: _l("JSON"),
        XLSX: _l("엑셀(XLSX)"),
        PARQUET: _l("Parquet"),
        GEOJSON: _l("GeoJSON"),
    }


class Distribution(Base):
    """Where the holder itself offers a version, by address. What the forum keeps registers in `distributions`."""

    __tablename__ = "dataset_distribution"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset_version.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(MAX_TITLE_CHARS))
    access_url: Mapped[str] = mapped_column(sa.String(MAX_ADDRESS_CHARS))
    """A page about it."""
    download_url: Mapped[str] = mapped_column(sa.String(MAX_ADDRESS_CHARS), default="")
    """The file itself, where everybody may have it."""
    format: Mapped[FileFormat] = mapped_column(enum_type(FileFormat, "dataset_distribution_format"))
    size_bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    access_answers_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the address last answered our guarded fetch; None if it did not."""
    download_answers_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When the addresses were last asked."""

    version: Mapped[DatasetVersion] = relationship(back_populates="distributions")

    __table_args__ = (
        sa.CheckConstraint("title <> '' AND access_url <> ''", name="is_somewhere"),
        sa.CheckConstraint("download_url <> '' OR download_answers_at IS NULL", name="answers_where_it_is"),
        sa.CheckConstraint("size_bytes IS NULL OR size_bytes >= 0", name="size_is_no_debt"),
    )


class QualityNote(Base):
    """품질 메모: what one should know before using the data. Written by stewards or analysts, and never changed."""

    __tablename__ = "dataset_quality_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dataset_version.id"))
    """None if it is true of every version."""
    text: Mapped[str] = mapped_column(sa.Text)
    by_holder: Mapped[bool]
    """Written for the holder; otherwise by an analyst."""
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    dataset: Mapped[Dataset] = relationship(back_populates="notes")
    version: Mapped[DatasetVersion | None] = relationship()

    __table_args__ = (sa.CheckConstraint("text <> ''", name="says_something"),)

"""Files of datasets that the forum keeps itself, the uploads they come from, and who got a link to one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.response.datasets.models import DatasetVersion, FileFormat
from forum.system.blobs.models import SHA256_LENGTH

MAX_NAME_CHARS = 120
MAX_REASON_CHARS = 300
MAX_FILE_BYTES = 1 << 30
PART_BYTES = 8 << 20
"""Of every part of an upload but the last."""


class DataUpload(Base):
    """A file on its way: parts lie in a folder of ours until they are checked, or for 48 hours after the last one."""

    __tablename__ = "data_upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset_version.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    """None if a command of the system sent it."""
    folder: Mapped[str] = mapped_column(sa.String(32), unique=True)
    """Name of its folder under INSTANCE_DIR/uploads."""
    name: Mapped[str] = mapped_column(sa.String(MAX_NAME_CHARS))
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    """When the last part came."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When all parts were there and the check was asked for."""

    version: Mapped[DatasetVersion] = relationship()
    parts: Mapped[list[UploadPart]] = relationship(order_by="UploadPart.number", cascade="all, delete-orphan")

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="has_a_name"),
        sa.CheckConstraint("size_bytes > 0", name="is_not_empty"),
    )

    @property
    def n_parts(self) -> int:
        return -(-self.size_bytes // PART_BYTES)


class UploadPart(Base):
    """One part that has arrived whole."""

    __tablename__ = "data_upload_part"

    upload_id: Mapped[int] = mapped_column(sa.ForeignKey("data_upload.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counted from 1."""
    sha256: Mapped[str] = mapped_column(sa.String(SHA256_LENGTH))
    size: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("number >= 1", name="numbers_count_from_one"),
        sa.CheckConstraint(f"size > 0 AND size <= {PART_BYTES}", name="is_one_part"),
        sa.CheckConstraint(f"length(sha256) = {SHA256_LENGTH}", name="has_a_sha256"),
    )


class DataFileState(LabelledEnum):
    CHECKING = "CHECKING"
    READY = "READY"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"

    __labels__ = {
        CHECKING: _l("검사하는 중"),
        READY: _l("받을 수 있음"),
        REFUSED: _l("받지 않음"),
        WITHDRAWN: _l("거둠"),
    }


IN_USE = "state IN ('CHECKING', 'READY')"


class DataFile(Base):
    """The rows of a published version, as one CSV file. Only what passed every check is in the store."""

    __tablename__ = "data_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset_version.id"), index=True)
    upload_id: Mapped[int | None] = mapped_column(sa.ForeignKey("data_upload.id"), unique=True)
    """Where its bytes are until the check has ended."""
    name: Mapped[str] = mapped_column(sa.String(MAX_NAME_CHARS))
    format: Mapped[FileFormat] = mapped_column(enum_type(FileFormat, "data_file_format"), default=FileFormat.CSV)
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str | None] = mapped_column(sa.String(SHA256_LENGTH))
    """Of the bytes, from the check on; it stays when they are gone."""
    crc32: Mapped[int | None] = mapped_column(sa.BigInteger)
    """For the ZIP in which it is given out."""
    blob_sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("blob.sha256"), index=True)
    """The bytes in the store, while they are given out."""
    encoding: Mapped[str] = mapped_column(sa.String(12), default="")
    """UTF-8 or CP949."""
    state: Mapped[DataFileState] = mapped_column(
        enum_type(DataFileState, "data_file_state"), default=DataFileState.CHECKING
    )
    report: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """What the check found: codes, names of the dictionary's columns, row numbers and counts, never a value."""
    n_rows: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Without the header."""
    k: Mapped[int | None] = mapped_column(sa.BigInteger)
    """k-anonymity over the identifying columns; None where there are none."""
    reason: Mapped[str] = mapped_column(sa.String(MAX_REASON_CHARS), default="")
    """Why it was withdrawn; public."""
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    revision: Mapped[int] = mapped_column(default=1)

    version: Mapped[DatasetVersion] = relationship()

    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="has_a_name"),
        sa.CheckConstraint("size_bytes > 0", name="is_not_empty"),
        sa.CheckConstraint("(state = 'READY') = (blob_sha256 IS NOT NULL)", name="ready_has_its_bytes"),
        sa.CheckConstraint("blob_sha256 IS NULL OR blob_sha256 = sha256", name="bytes_are_those_checked"),
        sa.CheckConstraint(
            "state NOT IN ('READY', 'WITHDRAWN') OR "
            "(sha256 IS NOT NULL AND crc32 IS NOT NULL AND n_rows IS NOT NULL AND encoding <> '')",
            name="given_out_is_checked",
        ),
        sa.CheckConstraint("(state = 'CHECKING') = (checked_at IS NULL)", name="checked_at_a_time"),
        sa.CheckConstraint("state <> 'CHECKING' OR upload_id IS NOT NULL", name="checking_has_its_parts"),
        sa.CheckConstraint(
            "(state = 'WITHDRAWN') = (withdrawn_at IS NOT NULL) AND (state = 'WITHDRAWN') = (reason <> '')",
            name="withdrawn_with_a_reason",
        ),
        sa.CheckConstraint("n_rows IS NULL OR n_rows > 0", name="has_rows"),
        sa.CheckConstraint("k IS NULL OR k >= 1", name="k_counts_from_one"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index(
            "uq_data_file_in_use",
            "version_id",
            unique=True,
            sqlite_where=sa.text(IN_USE),
            postgresql_where=sa.text(IN_USE),
        ),
    )


class DataDownload(Base):
    """A link to a file that somebody was given: which one, who and when; no address, and not how often it was used."""

    __tablename__ = "data_download"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("data_file.id"), index=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)


class DataAggregate(Base):
    """Counts, or sums of a column, by the values of one column; cells of fewer than 5 rows are hidden."""

    __tablename__ = "data_aggregate"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("data_file.id"))
    by_column: Mapped[str] = mapped_column(sa.String(80))
    sum_column: Mapped[str] = mapped_column(sa.String(80), default="")
    """Empty: rows are counted."""
    cells: Mapped[list[list[str | None]]] = mapped_column(sa.JSON, default=list)
    """Value and its figure as text, in the order of the values; None where it is hidden."""
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    file: Mapped[DataFile] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("file_id", "by_column", "sum_column"),
        sa.CheckConstraint("by_column <> '' AND by_column <> sum_column", name="is_by_another_column"),
    )

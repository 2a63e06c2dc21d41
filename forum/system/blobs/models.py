"""Large files of people: kept in a store by their SHA-256, with a row in the database."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, UtcDateTime

SHA256_LENGTH = 64


class Blob(Base):
    """A large file of people, kept in the store under its SHA-256, once however many things use it.

    The bytes go into the store first, then comes the row: a process killed between the two leaves bytes that nothing
    shows, which are removed 48 hours later. While the store is gone the bytes wait in the row (`waiting`).

    What uses a blob has a foreign key to `sha256`, with an index: so is found out what nothing uses.
    """

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(sa.String(SHA256_LENGTH), primary_key=True)
    size: Mapped[int]
    """Bytes."""
    media_type: Mapped[str] = mapped_column(sa.String(80))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    """When something last asked to keep it: what nothing uses is deleted 48 hours later."""
    waiting: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    """The bytes, until the store has them."""

    __table_args__ = (
        sa.CheckConstraint(f"length(sha256) = {SHA256_LENGTH}", name="has_a_sha256"),
        sa.CheckConstraint("size > 0", name="is_not_empty"),
        sa.CheckConstraint("media_type <> ''", name="has_a_media_type"),
        sa.CheckConstraint("waiting IS NULL OR length(waiting) = size", name="waits_whole"),
        sa.Index(
            "ix_blob_waiting",
            "kept_at",
            "size",
            sqlite_where=sa.text("waiting IS NOT NULL"),
            postgresql_where=sa.text("waiting IS NOT NULL"),
        ),
    )


class BlobRemoval(Base):
    """Bytes that are being deleted from the store, or were a short time ago: who keeps them again sees this.

    The deletion holds this row's lock from its last look until the bytes are gone. `keep_blob` waits for it, and then
    trusts no bytes that were stored before.
    """

    __tablename__ = "blob_removal"

    sha256: Mapped[str] = mapped_column(sa.String(SHA256_LENGTH), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.CheckConstraint(f"length(sha256) = {SHA256_LENGTH}", name="has_a_sha256"),
        sa.CheckConstraint("done_at IS NULL OR done_at >= asked_at", name="done_after_it_was_asked"),
    )

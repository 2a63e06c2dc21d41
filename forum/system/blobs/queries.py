from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from forum.core.database import Base
from forum.core.extensions import db
from forum.system.blobs.models import Blob, BlobRemoval


def using_columns() -> list[sa.Column[object]]:
    """Return the columns that point at blobs: every foreign key, so that no slice can forget to say so."""
    sha256 = Blob.__table__.c.sha256
    keys = (key for table in Base.metadata.sorted_tables for key in table.foreign_keys)
    return sorted((key.parent for key in keys if key.column is sha256), key=str)


def is_used() -> sa.ColumnElement[bool]:
    """Whether anything points at the row of `Blob`."""
    return sa.or_(sa.false(), *(sa.exists().where(column == Blob.sha256) for column in using_columns()))


def waiting_bytes() -> int:
    """Return how many bytes wait for the store."""
    return int(db.session.scalar(sa.select(sa.func.sum(Blob.size)).where(Blob.waiting.is_not(None))) or 0)


def waiting_blobs(limit: int) -> list[tuple[str, datetime]]:
    """Return (sha256, kept_at) of blobs whose bytes wait for the store, those that came first before the others."""
    query = sa.select(Blob.sha256, Blob.kept_at).where(Blob.waiting.is_not(None))
    return [(sha256, at) for sha256, at in db.session.execute(query.order_by(Blob.kept_at, Blob.sha256).limit(limit))]


def stored_names() -> list[str]:
    """Return the names of all blobs whose bytes are in the store."""
    return list(db.session.scalars(sa.select(Blob.sha256).where(Blob.waiting.is_(None)).order_by(Blob.sha256)))


def orphans(before: datetime, limit: int) -> list[str]:
    """Return the names of blobs that nothing uses, and that nothing has asked to keep since `before`."""
    query = sa.select(Blob.sha256).where(Blob.kept_at < before, ~is_used())
    return list(db.session.scalars(query.order_by(Blob.kept_at, Blob.sha256).limit(limit)))


def open_removals(limit: int) -> list[str]:
    """Return the names of bytes that are to be deleted from the store."""
    query = sa.select(BlobRemoval.sha256).where(BlobRemoval.done_at.is_(None))
    return list(db.session.scalars(query.order_by(BlobRemoval.asked_at, BlobRemoval.sha256).limit(limit)))


def known_among(names: list[str]) -> set[str]:
    """Return which of these names have a row."""
    return set(db.session.scalars(sa.select(Blob.sha256).where(Blob.sha256.in_(names))))

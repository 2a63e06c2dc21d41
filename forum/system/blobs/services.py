from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core import clock
from forum.core.database import dialect_insert
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.system.blobs import store
from forum.system.blobs.models import Blob
from forum.system.blobs.store import BlobMissing, StoreGone


@dataclass(frozen=True)
class Bytes:
    """Checked bytes on their way to a row.

    sha256 : their name in the store
    data : the bytes
    media_type : what they are served as
    is_stored : whether the store has them; if not, they wait in the row
    """

    sha256: str
    data: bytes
    media_type: str
    is_stored: bool


def store_bytes(data: bytes, media_type: str) -> Bytes:
    """Put the bytes into the store, which may take seconds: call it before the transaction writes anything.

    While the store is gone they are to wait in their row: who sent them notices nothing.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    kept = Bytes(sha256, data, media_type, _put(sha256, data))
    failpoint("blobs.stored")
    return kept


def keep_blob(kept: Bytes) -> Blob:
    """Add the row of stored bytes. The caller commits, after it has pointed something at the row.

    :return: the row, which is one for the same bytes however often they are kept
    """
    values = {
        "sha256": kept.sha256,
        "size": len(kept.data),
        "media_type": kept.media_type,
        "kept_at": clock.now(),
        "waiting": None if kept.is_stored else kept.data,
    }
    renew = {"kept_at": values["kept_at"]} | ({"waiting": None} if kept.is_stored else {})
    # The deletion of orphans holds the row's lock while it deletes the bytes: this statement waits for it.
    row = dialect_insert(db.session, Blob).values(values).on_conflict_do_update(index_elements=["sha256"], set_=renew)
    db.session.execute(row.execution_options(synchronize_session=False))
    if kept.is_stored and not _is_there(kept.sha256) and not _put(kept.sha256, kept.data):
        waits = sa.update(Blob).where(Blob.sha256 == kept.sha256).values(waiting=kept.data)
        db.session.execute(waits.execution_options(synchronize_session=False))
    return db.session.get_one(Blob, kept.sha256, populate_existing=True)


def read_blob(blob: Blob) -> bytes:
    """Return the bytes of a blob, from the row while they wait there.

    :raise StoreGone: the store does not answer
    :raise BlobMissing: it answers, and has lost them: `flask forum check` says so
    """
    return blob.waiting if blob.waiting is not None else store.get(blob.sha256)


def _put(sha256: str, data: bytes) -> bool:
    try:
        store.put(sha256, data)
    except StoreGone:
        return False
    return True


def _is_there(sha256: str) -> bool:
    try:
        return store.has(sha256)
    except StoreGone:
        return False


__all__ = ["BlobMissing", "StoreGone", "keep_blob", "read_blob"]

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from flask import current_app

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import affected, dialect_insert, insert_or_ignore, lock_name
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _, _l
from forum.system.audit.services import record
from forum.system.blobs.models import Blob, BlobRemoval
from forum.system.blobs.permissions import can_run_store
from forum.system.blobs.queries import is_used, stored_names, waiting_bytes
from forum.system.blobs.store import (
    PIECE_BYTES,
    BlobMissing,
    BlobStore,
    StoreGone,
    current_store,
    other_store,
)

log = structlog.get_logger()
ORPHANS_STAY = timedelta(hours=48)
REMOVALS_STAY = timedelta(hours=1)
"""Longer than a request takes from `store_bytes` to its commit."""


class TooManyWaiting(StoreGone):
    """The store is gone, and as many bytes as may wait for it are waiting."""

    title = _l("사진을 지금은 더 받을 수 없어요")
    explanation = _l("사진을 보관하는 곳이 대답하지 않아, 기다리는 사진이 너무 많아요.")


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
    try:
        current_store().put(sha256, data)
    except StoreGone:
        return Bytes(sha256, data, media_type, is_stored=False)
    failpoint("blobs.stored")
    return Bytes(sha256, data, media_type, is_stored=True)


def keep_blob(kept: Bytes) -> Blob:
    """Add the row of stored bytes. The caller commits, after it has pointed something at the row.

    The store is not asked: the transaction would hold its locks meanwhile.

    :return: the row, which is one for the same bytes however often they are kept
    :raise TooManyWaiting: the bytes would have to wait, and too many do
    """
    if not kept.is_stored:
        _require_room(kept)
    values = {
        "sha256": kept.sha256,
        "size": len(kept.data),
        "media_type": kept.media_type,
        "kept_at": clock.now(),
        "waiting": None if kept.is_stored else kept.data,
    }
    # A row that exists has its bytes in the store, or they wait in it.
    row = dialect_insert(db.session, Blob).values(values)
    row = row.on_conflict_do_update(index_elements=["sha256"], set_={"kept_at": values["kept_at"]})
    db.session.execute(row.execution_options(synchronize_session=False))
    if _end_removal(kept.sha256):  # the bytes that were stored may be gone again
        waits = sa.update(Blob).where(Blob.sha256 == kept.sha256).values(waiting=kept.data)
        db.session.execute(waits.execution_options(synchronize_session=False))
    return db.session.get_one(Blob, kept.sha256, populate_existing=True)


def keep_file(sha256: str, size: int, media_type: str) -> bool:
    """Add the row of a large file that the store has: unlike `keep_blob`, its bytes never wait in the row.

    :return: whether the bytes are surely there. If not, they were being deleted: the caller commits, puts them again
        and asks again.
    """
    if _end_removal(sha256):
        return False
    values = {"sha256": sha256, "size": size, "media_type": media_type, "kept_at": clock.now(), "waiting": None}
    row = dialect_insert(db.session, Blob).values(values)
    row = row.on_conflict_do_update(index_elements=["sha256"], set_={"kept_at": values["kept_at"]})
    db.session.execute(row.execution_options(synchronize_session=False))
    return True


def read_blob(blob: Blob) -> bytes:
    """Return the bytes of a blob, from the row while they wait there.

    :raise StoreGone: the store does not answer
    :raise BlobMissing: it answers, and has lost them: `flask forum check` says so
    """
    return blob.waiting if blob.waiting is not None else current_store().get(blob.sha256)


def stop_waiting(sha256: str, kept_at: datetime) -> bool:
    """Empty a row whose bytes the store has now. The caller commits.

    :param kept_at: as when the bytes were read: somebody who kept them again since then may need them here
    :return: whether the row was still so
    """
    is_same = sa.and_(Blob.sha256 == sha256, Blob.kept_at == kept_at, Blob.waiting.is_not(None))
    emptied = sa.update(Blob).where(is_same).values(waiting=None).execution_options(synchronize_session=False)
    return affected(db.session.execute(emptied)) == 1


def forget_orphan(sha256: str) -> bool:
    """Delete the row of a blob that nothing uses, and ask for the deletion of its bytes. The caller commits.

    :return: whether it was still an orphan under its lock
    """
    before = clock.now() - ORPHANS_STAY
    locked = sa.select(Blob.sha256).where(Blob.sha256 == sha256, Blob.kept_at < before).with_for_update()
    if db.session.scalar(locked) is None or db.session.scalar(sa.select(Blob.sha256).where(_is(sha256), is_used())):
        return False
    db.session.execute(sa.delete(Blob).where(_is(sha256)).execution_options(synchronize_session=False))
    ask_for_removal(sha256)
    return True


def ask_for_removal(sha256: str) -> None:
    """Announce that these bytes are to be deleted, before the last look at them. The caller commits."""
    values = {"sha256": sha256, "asked_at": clock.now(), "done_at": None}
    asked = dialect_insert(db.session, BlobRemoval).values(values)
    asked = asked.on_conflict_do_update(index_elements=["sha256"], set_=values)
    db.session.execute(asked.execution_options(synchronize_session=False))


def ask_for_removal_of_stray(sha256: str) -> bool:
    """Announce that bytes without a row are to be deleted. The caller commits. Return whether there is no row."""
    if db.session.scalar(sa.select(Blob.sha256).where(_is(sha256))) is not None:
        return False
    asked = insert_or_ignore(db.session, BlobRemoval).values(sha256=sha256, asked_at=clock.now())
    db.session.execute(asked)
    return True


def remove_bytes(sha256: str) -> bool:
    """Delete bytes whose removal was announced and committed. The caller commits at once: the row stays locked.

    Whoever stored the same bytes again either did so before this last look, which then sees new bytes and leaves them,
    or finds the announcement in `keep_blob`, waits for this transaction, and keeps the bytes in the row.

    :return: whether they were deleted
    :raise StoreGone: the store does not answer
    """
    query = sa.select(BlobRemoval).where(BlobRemoval.sha256 == sha256, BlobRemoval.done_at.is_(None)).with_for_update()
    removal = db.session.scalar(query)
    if removal is None:
        return False
    store = current_store()
    if db.session.scalar(sa.select(Blob.sha256).where(_is(sha256))) is not None or not _is_old(store, sha256):
        db.session.delete(removal)
        return False
    store.delete(sha256)
    removal.done_at = clock.now()
    return True


def own_store(store: BlobStore, claim: bool = True) -> bool:
    """Return whether the store is this forum's or nobody's.

    :param claim: make one that is nobody's this forum's

    A restored copy of a forum that was pointed at the same store must not delete what the first one still uses.

    :raise StoreGone: the store does not answer
    """
    forum = str(current_app.config["NAMESPACE"])
    owner = store.owner()
    if not owner and claim:
        store.claim(forum)
    if owner not in {"", forum}:
        log.error("blob_store_of_another_forum", owner=owner, this=forum)
    return owner in {"", forum}


def take_store(actor: Actor) -> None:
    """Make the store this forum's, after a restore under another key or name. The caller commits.

    :raise Forbidden: only admins, and the system
    :raise StoreGone: the store does not answer
    """
    require(can_run_store(actor))
    store = current_store()
    before = store.owner()
    store.claim(str(current_app.config["NAMESPACE"]))
    record(actor, "blobs.own", None, before={"owner": before}, after={"owner": current_app.config["NAMESPACE"]})


def copy_blobs(actor: Actor, setting: str) -> Iterator[tuple[str, bool]]:
    """Copy the bytes of every blob to another store, one after the other. Safe to run again. The caller commits.

    Bytes that wait in their row go on doing so: the worker puts them into the store that is set then.

    :param setting: as BLOB_STORE
    :return: each name, and whether its bytes were there and right
    :raise Forbidden: only admins, and the system
    :raise InvalidInput: it is the store that is set
    :raise StoreGone: one of them does not answer
    """
    require(can_run_store(actor))
    if setting == str(current_app.config["BLOB_STORE"]):
        raise InvalidInput(_("지금 쓰는 파일 보관소예요. 옮겨 갈 곳을 적어 주세요."))
    names, target = stored_names(), other_store(setting)
    record(actor, "blobs.copy", None, after={"blobs": len(names)})
    return ((sha256, _copy(sha256, target)) for sha256 in names)


def _copy(sha256: str, target: BlobStore) -> bool:
    if target.has(sha256):
        return True
    source = current_store()
    try:
        size = source.head(sha256).size
        if size > PIECE_BYTES:
            target.put_pieces(sha256, source.pieces(sha256, size))
            return True
        data = source.get(sha256)
    except (BlobMissing, ValueError):
        return False
    if hashlib.sha256(data).hexdigest() != sha256:
        return False
    target.put(sha256, data)
    return True


def _is(sha256: str) -> sa.ColumnElement[bool]:
    return Blob.sha256 == sha256


def _is_old(store: BlobStore, sha256: str) -> bool:
    try:
        return store.head(sha256).modified_at < clock.now() - ORPHANS_STAY
    except BlobMissing:
        return True  # deleted by one that was killed before its commit


def _end_removal(sha256: str) -> bool:
    """End the announced deletion of these bytes, after one that is under way. Return whether there was any."""
    query = sa.select(BlobRemoval.sha256).where(BlobRemoval.sha256 == sha256).with_for_update()
    if db.session.scalar(query) is None:
        return False
    ended = sa.delete(BlobRemoval).where(BlobRemoval.sha256 == sha256).execution_options(synchronize_session=False)
    db.session.execute(ended)
    return True


def _require_room(kept: Bytes) -> None:
    """:raise TooManyWaiting: with these bytes more would wait than may"""
    lock_name(db.session, "blobs.waiting")
    most = int(current_app.config["BLOB_WAITING_MAX_BYTES"])
    if waiting_bytes() + len(kept.data) > most:
        log.warning("blobs_wait", waiting=waiting_bytes(), most=most)
        raise TooManyWaiting

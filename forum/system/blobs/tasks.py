"""Periodic tasks of the store: bytes that wait move into it, bytes that nothing uses leave it. Safe to kill anywhere.

What the store is asked runs outside of transactions, but for one deletion at a time (`remove_bytes`).
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
import structlog
from flask import current_app

from forum.core import clock
from forum.core.database import batches, reading
from forum.core.extensions import db
from forum.system.blobs.models import Blob, BlobRemoval
from forum.system.blobs.queries import known_among, open_removals, orphans, waiting_blobs
from forum.system.blobs.services import (
    ORPHANS_STAY,
    REMOVALS_STAY,
    ask_for_removal_of_stray,
    forget_orphan,
    own_store,
    remove_bytes,
    stop_waiting,
)
from forum.system.blobs.store import StoreGone, current_store
from forum.system.jobs.registry import periodic_task

log = structlog.get_logger()
PER_RUN = 200  # files; a run comes every minute
STRAYS_PER_LISTING = 10_000
LISTED = "blob_store_listed_on"
LISTING_HOUR = 4  # in Seoul


@periodic_task("blobs.store_waiting")
def store_waiting() -> int:
    """Move waiting bytes into the store, each with its own commit. Return how many were moved."""
    with reading():
        waiting = waiting_blobs(PER_RUN)
        db.session.rollback()
    n_moved = 0
    for sha256, kept_at in waiting:
        with reading():
            data = db.session.scalar(sa.select(Blob.waiting).where(Blob.sha256 == sha256))
            db.session.rollback()
        if data is None:  # another worker was quicker
            continue
        if hashlib.sha256(data).hexdigest() != sha256:
            log.error("waiting_blob_changed", sha256=sha256)  # `flask forum check` names it too
            continue
        try:
            current_store().put(sha256, data)
        except StoreGone:
            break
        n_moved += stop_waiting(sha256, kept_at)
        db.session.commit()
    if waiting:
        log.info("blobs_stored", n_moved=n_moved, n_waited=len(waiting))
    return n_moved


@periodic_task("blobs.remove_orphans")
def remove_orphans() -> int:
    """Delete what nothing has used for 48 hours: first the row, then the bytes. Return how many bytes were deleted."""
    with reading():
        found = orphans(clock.now() - ORPHANS_STAY, PER_RUN)
        db.session.rollback()
    for sha256 in found:
        forget_orphan(sha256)
        db.session.commit()
    n_removed = _remove_bytes()
    ended = sa.delete(BlobRemoval).where(BlobRemoval.done_at < clock.now() - REMOVALS_STAY)
    db.session.execute(ended.execution_options(synchronize_session=False))
    db.session.commit()
    if found or n_removed:
        log.info("orphan_blobs_removed", rows=len(found), files=n_removed)
    return n_removed


@periodic_task("blobs.find_strays")
def find_strays() -> int | None:
    """Once a day and process, ask for the deletion of bytes without a row. Return how many; None if it is not the time.

    They are left where a process was killed between the bytes and their row, or where an act was refused after its
    photo was stored.
    """
    now = clock.now().astimezone(clock.SEOUL)
    if now.hour != LISTING_HOUR or current_app.extensions.get(LISTED) == now.date():
        return None
    current_app.extensions[LISTED] = now.date()
    return list_strays()


def list_strays() -> int:
    """Look through the whole store for bytes without a row. Commits. Return how many deletions were asked for."""
    store, n_asked = current_store(), 0
    before = clock.now() - ORPHANS_STAY
    try:
        store.delete_half_written(ORPHANS_STAY)
        if not own_store(store):
            return 0
        old = (found.sha256 for found in store.listing() if found.modified_at < before)
        for names in batches(old, PER_RUN):
            with reading():
                strays = sorted(set(names) - known_among(names))
                db.session.rollback()
            for sha256 in strays[: STRAYS_PER_LISTING - n_asked]:
                n_asked += ask_for_removal_of_stray(sha256)
                db.session.commit()
    except StoreGone:
        log.info("blob_store_not_listed")
    return n_asked


def _remove_bytes() -> int:
    """Delete bytes from the store, each with its own commit."""
    with reading():
        names = open_removals(PER_RUN)
        db.session.rollback()
    n_removed = 0
    try:
        if names and own_store(current_store()):
            for sha256 in names:
                n_removed += remove_bytes(sha256)
                db.session.commit()
    except StoreGone:
        db.session.rollback()
    return n_removed

"""Comparison of the rows of blobs with the store of their bytes."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.blobs.models import Blob
from forum.system.blobs.queries import is_used
from forum.system.blobs.services import own_store
from forum.system.blobs.store import BlobMissing, StoreGone, current_store

MAY_WAIT = timedelta(hours=1)
ROWS_PER_FETCH = 20  # bytes that wait are in them


def stored_blobs() -> Finding:
    """Check that the store has the bytes of each blob that is used, in their size, and that none wait for long.

    The store is listed once; the names are in memory, about 150 bytes each.
    """
    finding = Finding(_("사진·자료 파일과 파일 보관소"), 0)
    is_waiting = Blob.waiting.is_not(None)
    query = sa.select(Blob.sha256, Blob.size, Blob.kept_at, is_waiting).where(is_used()).order_by(Blob.sha256)
    rows = list(db.session.execute(query))
    finding.n_checked = len(rows)
    try:
        sizes = {found.sha256: found.size for found in current_store().listing()} if rows else {}
    except StoreGone:
        finding.differences.append(_("파일 보관소가 대답하지 않아 견주지 못했습니다"))
        return finding
    for sha256, size, kept_at, waits in rows:
        if waits and kept_at < clock.now() - MAY_WAIT:
            line = _("파일 %(name)s: 한 시간 넘게 파일 보관소에 들어가지 못했습니다", name=sha256)
        elif waits or sizes.get(sha256) == size:
            continue
        elif sha256 not in sizes:
            line = _("파일 %(name)s: 파일 보관소에 없습니다", name=sha256)
        else:
            line = _("파일 %(name)s: 크기가 다릅니다", name=sha256)
        finding.differences.append(line)
    return finding


def owned_store() -> Finding:
    """Check that the store is this forum's: in another one's nothing is deleted."""
    finding = Finding(_("파일 보관소의 주인"), 1)
    try:
        if not own_store(current_store(), claim=False):
            finding.differences.append(
                _("다른 포럼의 것이라 아무것도 지우지 않습니다. 맞다면 ‘flask forum blobs own’을 실행하세요")
            )
    except StoreGone:  # `stored_blobs` says so
        finding.n_checked = 0
    return finding


def bytes_of_blobs() -> Finding:
    """Read the bytes of every blob and compare them with their SHA-256. Slow: on request only."""
    finding = Finding(_("사진·자료 파일의 내용"), 0)
    query = sa.select(Blob.sha256, Blob.size, Blob.waiting).where(is_used()).order_by(Blob.sha256)
    with db.session.execute(query, execution_options={"yield_per": ROWS_PER_FETCH}) as rows:
        for sha256, size, waiting in rows:
            finding.n_checked += 1
            try:
                found = _hash_of(sha256, size, waiting)
            except BlobMissing:
                continue  # `stored_blobs` says so
            except StoreGone:
                finding.differences.append(_("파일 보관소가 대답하지 않아 견주지 못했습니다"))
                break
            if found != sha256:
                finding.differences.append(_("파일 %(name)s: 내용이 바뀌었습니다", name=sha256))
    return finding


def _hash_of(sha256: str, size: int, waiting: bytes | None) -> str:
    """Return the SHA-256 of the bytes, of a large file piece by piece.

    :raise BlobMissing, StoreGone: as the store says
    """
    digest = hashlib.sha256(waiting or b"")
    for piece in () if waiting is not None else current_store().pieces(sha256, size):
        digest.update(piece)
    return digest.hexdigest()

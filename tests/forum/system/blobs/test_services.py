from __future__ import annotations

from forum.core.extensions import db
from forum.system.blobs.services import keep_blob, read_blob, store_bytes


def test_the_same_bytes_are_kept_once(app):
    first = keep_blob(store_bytes(b"photo", "image/webp"))
    assert keep_blob(store_bytes(b"photo", "image/webp")) is first
    assert read_blob(first) == b"photo"
    assert db.session.get(type(first), first.sha256).waiting is None

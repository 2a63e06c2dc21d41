from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.database import reading
from forum.core.extensions import db
from forum.system.blobs import services, tasks
from forum.system.blobs.models import Blob, BlobRemoval
from forum.system.blobs.queries import is_used, orphans, using_columns, waiting_bytes
from forum.system.blobs.services import (
    BlobMissing,
    StoreGone,
    TooManyWaiting,
    ask_for_removal,
    keep_blob,
    read_blob,
    remove_bytes,
    store_bytes,
)
from forum.system.blobs.store import BlobStore, current_store
from forum.system.blobs.tasks import find_strays, list_strays, remove_orphans, store_waiting
from forum.voice.photos.models import PhotoState

WEBP = "image/webp"
LONG_AGO = timedelta(hours=49)


@pytest.fixture(autouse=True)
def own_folder(app, tmp_path, monkeypatch):
    """A store of this test's own."""
    monkeypatch.setitem(app.config, "BLOB_STORE", str(tmp_path / "store"))
    app.extensions["blob_stores"].clear()
    yield tmp_path / "store"
    app.extensions["blob_stores"].clear()


def path_of(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def aged(folder: Path, sha256: str) -> None:
    """Make the stored bytes, and the row if there is one, look older than orphans may be."""
    long_ago = clock.now() - LONG_AGO
    os.utime(path_of(folder, sha256), (long_ago.timestamp(), long_ago.timestamp()))
    db.session.execute(sa.update(Blob).where(Blob.sha256 == sha256).values(kept_at=long_ago))
    db.session.commit()


def gone(*_args):
    raise OSError(28, "No space left on device")


@pytest.fixture
def no_store(monkeypatch):
    """The store takes nothing until it is called: then it does again."""
    put = BlobStore._sync
    monkeypatch.setattr(BlobStore, "_sync", gone)

    def come_back():
        monkeypatch.setattr(BlobStore, "_sync", put)
        current_store()._writing.worked()

    return come_back


# Keeping
def test_the_same_bytes_are_kept_once(app):
    first = keep_blob(store_bytes(b"photo", WEBP))
    assert keep_blob(store_bytes(b"photo", WEBP)) is first
    assert read_blob(first) == b"photo"
    assert first.waiting is None


def test_only_the_owner_may_look_into_the_folder(app, own_folder):
    store_bytes(b"photo", WEBP)
    assert own_folder.stat().st_mode & 0o077 == 0


def test_lost_bytes_are_no_outage(app, own_folder):
    blob = keep_blob(store_bytes(b"photo", WEBP))
    path_of(own_folder, blob.sha256).unlink()
    with pytest.raises(BlobMissing):
        read_blob(blob)
    assert read_blob(keep_blob(store_bytes(b"photo", WEBP))) == b"photo"


# Waiting
def test_while_the_store_has_no_room_the_bytes_wait_and_are_read_from_the_row(app, no_store):
    blob = keep_blob(store_bytes(b"photo", WEBP))
    db.session.commit()
    assert (blob.waiting, read_blob(blob), waiting_bytes()) == (b"photo", b"photo", 5)
    assert store_waiting() == 0
    no_store()
    assert store_waiting() == 1
    assert (waiting_bytes(), current_store().get(blob.sha256)) == (0, b"photo")
    assert store_waiting() == 0


def test_what_can_still_be_read_is_read_while_nothing_can_be_written(app, no_store, monkeypatch):
    no_store()
    blob = keep_blob(store_bytes(b"photo", WEBP))
    monkeypatch.setattr(BlobStore, "_sync", gone)
    assert not store_bytes(b"other", WEBP).is_stored
    assert read_blob(blob) == b"photo"


def test_more_than_may_wait_are_refused(app, no_store, monkeypatch):
    monkeypatch.setitem(app.config, "BLOB_WAITING_MAX_BYTES", 9)
    keep_blob(store_bytes(b"photo", WEBP))
    with pytest.raises(TooManyWaiting, match="기다리는 사진"):
        keep_blob(store_bytes(b"other", WEBP))
    assert waiting_bytes() == 5


def test_a_worker_killed_after_storing_waiting_bytes_stores_them_again(app, no_store, monkeypatch):
    blob = keep_blob(store_bytes(b"photo", WEBP))
    db.session.commit()
    no_store()
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "stop_waiting", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store_waiting()
    db.session.rollback()
    assert store_waiting() == 1
    assert read_blob(db.session.get_one(Blob, blob.sha256, populate_existing=True)) == b"photo"


def test_bytes_kept_again_meanwhile_go_on_waiting(app, no_store):
    blob = keep_blob(store_bytes(b"photo", WEBP))
    db.session.commit()
    seen = blob.kept_at
    with clock.at(clock.now() + timedelta(seconds=1)):
        keep_blob(store_bytes(b"photo", WEBP))
    assert not services.stop_waiting(blob.sha256, seen)
    assert waiting_bytes() == 5


def test_changed_bytes_are_never_stored_and_hold_up_no_others(app, no_store):
    changed, whole = (keep_blob(store_bytes(data, WEBP)) for data in (b"photo", b"other"))
    db.session.execute(sa.update(Blob).where(Blob.sha256 == changed.sha256).values(waiting=b"forge"))
    db.session.commit()
    no_store()
    assert store_waiting() == 1
    assert (current_store().get(changed.sha256), current_store().get(whole.sha256)) == (b"photo", b"other")
    assert waiting_bytes() == 5


# Orphans
def test_each_column_that_uses_blobs_is_found_and_has_an_index(app):
    columns = using_columns()
    assert {str(column) for column in columns} >= {"idea_photo.sha256", "answer_photo.sha256"}
    for column in columns:
        assert any(next(iter(index.columns)) is column for index in column.table.indexes), column


def test_only_what_nothing_uses_and_nobody_asked_for_lately_goes(app, make, own_folder):
    used, lately, old = (make.blob(data) for data in (b"used", b"lately", b"old"))
    make.idea_photo(sha256=used.sha256)
    names = {blob: blob.sha256 for blob in (used, lately, old)}
    for blob in (used, old):
        aged(own_folder, names[blob])
    assert remove_orphans() == 1
    db.session.expire_all()
    rows, stored = set(db.session.scalars(sa.select(Blob.sha256))), {one.sha256 for one in current_store().listing()}
    assert rows == stored
    assert (names[used] in rows, names[lately] in rows, names[old] in rows) == (True, True, False)
    assert remove_orphans() == 0


def test_a_photo_that_was_taken_back_leaves_no_bytes(app, make, own_folder, work):
    photo = make.idea_photo(sha256=make.blob(b"taken back").sha256)
    sha256 = photo.sha256
    aged(own_folder, sha256)
    work()
    assert current_store().has(sha256)
    photo.state, photo.sha256 = PhotoState.REMOVED, None
    work()
    assert not current_store().has(sha256)


def test_the_announcement_of_a_deletion_ends_after_an_hour(app, make, own_folder):
    aged(own_folder, make.blob(b"old").sha256)
    assert remove_orphans() == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BlobRemoval)) == 1
    with clock.at(clock.now() + timedelta(hours=1, minutes=1)):
        remove_orphans()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BlobRemoval)) == 0


def test_bytes_without_a_row_are_found_once_a_day_and_go_when_they_are_old(app, own_folder):
    old, young = store_bytes(b"old", WEBP).sha256, store_bytes(b"young", WEBP).sha256
    aged(own_folder, old)
    half = path_of(own_folder, old).with_name(f"{old}#1")
    half.write_bytes(b"ha")
    long_ago = (clock.now() - LONG_AGO).timestamp()
    os.utime(half, (long_ago, long_ago))
    assert list_strays() == 1
    remove_orphans()
    assert (current_store().has(old), current_store().has(young), half.exists()) == (False, True, False)


def test_the_store_is_listed_in_one_hour_of_the_day_only(app):
    app.extensions.pop(tasks.LISTED, None)
    day = clock.now().astimezone(clock.SEOUL).replace(minute=10)
    found = []
    for hour in (3, 4, 4, 5):
        with clock.at(day.replace(hour=hour)):
            found.append(find_strays())
    assert found == [None, 0, None, None]


def test_a_copy_of_the_forum_deletes_nothing_of_the_first_one(app, make, own_folder, monkeypatch):
    stray, orphan = store_bytes(b"stray", WEBP).sha256, make.blob(b"orphan").sha256
    list_strays()
    for sha256 in (stray, orphan):
        aged(own_folder, sha256)
    with monkeypatch.context() as patch:
        patch.setitem(app.config, "NAMESPACE", "forum_restored_copy")
        assert (list_strays(), remove_orphans()) == (0, 0)
    assert current_store().has(stray)
    assert current_store().has(orphan)


# Races: somebody sends the same photo again while it is deleted as an orphan
def test_who_keeps_it_before_the_last_look_keeps_it(app, own_folder):
    sha256 = store_bytes(b"photo", WEBP).sha256
    aged(own_folder, sha256)
    kept = store_bytes(b"photo", WEBP)
    ask_for_removal(sha256)
    db.session.commit()
    assert not remove_bytes(sha256)
    db.session.commit()
    assert read_blob(keep_blob(kept)) == b"photo"


def test_who_stored_it_before_the_deletion_keeps_it_in_the_row(app, own_folder):
    kept = store_bytes(b"photo", WEBP)
    aged(own_folder, kept.sha256)
    ask_for_removal(kept.sha256)
    db.session.commit()
    assert remove_bytes(kept.sha256)
    db.session.commit()
    blob = keep_blob(kept)
    db.session.commit()
    assert (blob.waiting, read_blob(blob)) == (b"photo", b"photo")
    assert store_waiting() == 1
    assert read_blob(db.session.get_one(Blob, kept.sha256, populate_existing=True)) == b"photo"


def test_keeping_waits_for_the_deletion_under_way(app, own_folder, monkeypatch):
    """Two connections: one deletes the bytes, the other has stored them and adds its row meanwhile."""
    kept = store_bytes(b"photo", WEBP)
    aged(own_folder, kept.sha256)
    ask_for_removal(kept.sha256)
    db.session.commit()
    looked, go_on, order = threading.Event(), threading.Event(), []
    delete = BlobStore.delete

    def slow_delete(store, sha256):
        looked.set()
        assert go_on.wait(20)
        delete(store, sha256)
        order.append("deleted")

    monkeypatch.setattr(BlobStore, "delete", slow_delete)

    def remove():
        with app.app_context():
            remove_bytes(kept.sha256)
            db.session.commit()

    def keep():
        with app.app_context():
            keep_blob(kept)
            order.append("kept")
            db.session.commit()

    remover, keeper = threading.Thread(target=remove), threading.Thread(target=keep)
    remover.start()
    assert looked.wait(20)
    keeper.start()
    time.sleep(0.3)
    assert order == []
    go_on.set()
    for thread in (remover, keeper):
        thread.join(20)
    assert order == ["deleted", "kept"]
    assert read_blob(db.session.get_one(Blob, kept.sha256)) == b"photo"


def test_a_row_that_is_used_meanwhile_is_no_orphan(app, make, own_folder):
    blob = make.blob(b"photo")
    aged(own_folder, blob.sha256)
    with reading():
        found = orphans(clock.now() - services.ORPHANS_STAY, 10)
        db.session.rollback()
    assert found == [blob.sha256]
    make.idea_photo(sha256=blob.sha256)
    db.session.commit()
    assert not services.forget_orphan(blob.sha256)
    assert db.session.scalar(sa.select(is_used()).where(Blob.sha256 == blob.sha256))


def test_the_outage_is_short_for_the_next_callers(app, monkeypatch):
    calls = []
    monkeypatch.setattr(BlobStore, "_sync", lambda *_: calls.append(1) or gone())
    kept = [store_bytes(bytes([n]) * 5, WEBP) for n in range(1, 6)]
    assert not any(one.is_stored for one in kept)
    assert len(calls) == 1
    with pytest.raises(StoreGone):
        current_store().put("0" * 64, b"x")

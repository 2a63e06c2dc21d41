"""Photos in the backup, in the restored forum, in `flask forum check`, and on their way to another store."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.administration.operations.commands import make_backup
from forum.administration.operations.services import restore_backup
from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.system.blobs.models import Blob
from forum.system.blobs.services import copy_blobs, read_blob, take_store
from forum.system.blobs.store import BlobStore, StoreGone, current_store, other_store

PHOTO, WAITING = b"RIFF photo" * 1_000, b"RIFF waiting"


@pytest.fixture(autouse=True)
def own_folder(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "BLOB_STORE", str(tmp_path / "store"))
    app.extensions["blob_stores"].clear()
    yield tmp_path / "store"
    app.extensions["blob_stores"].clear()


@pytest.fixture
def photos(make):
    """Two photos of ideas: the bytes of one are in the store, those of the other wait for it. Gives their names."""
    stored, waiting = (make.idea_photo(sha256=make.blob(data).sha256).sha256 for data in (PHOTO, WAITING))
    db.session.execute(sa.update(Blob).where(Blob.sha256 == waiting).values(waiting=WAITING))
    current_store().delete(waiting)
    make.vouch()
    db.session.commit()
    return stored, waiting


@pytest.fixture
def there(other_app):
    """An application on an empty SQLite database, with a store of its own."""
    return other_app("sqlite")


@pytest.fixture
def check(app):
    def run(*options):
        db.session.commit()
        return app.test_cli_runner().invoke(args=["forum", "check", *options])

    return run


def path_of(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def with_entry(path: Path, name: str, content: bytes | None) -> Path:
    """The backup with another content of an entry, or without it."""
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
            elif content is not None:
                new.writestr(entry, content)
    return changed


# Backup and restore
def test_photos_come_back_from_the_store_and_from_the_row(photos, there, tmp_path):
    manifest, _sha = make_backup(tmp_path / "file.zip", SYSTEM)
    with zipfile.ZipFile(tmp_path / "file.zip") as archive:
        names = {name for name in archive.namelist() if name.startswith("blobs/")}
    assert f"blobs/{photos[0]}" in names
    assert f"blobs/{photos[1]}" not in names
    assert manifest.missing_blobs == []
    with there.app_context():
        restore_backup(tmp_path / "file.zip", SYSTEM)
        db.session.commit()
        assert [read_blob(db.session.get_one(Blob, name)) for name in photos] == [PHOTO, WAITING]
        assert {f"blobs/{found.sha256}" for found in current_store().listing()} == names


def test_photos_are_restored_into_s3(photos, there, tmp_path, running_s3, monkeypatch):
    make_backup(tmp_path / "file.zip", SYSTEM)
    for name, value in (running_s3.settings | {"BLOB_STORE": f"s3://photos/{tmp_path.name}"}).items():
        monkeypatch.setitem(there.config, name, value)
    with there.app_context():
        restore_backup(tmp_path / "file.zip", SYSTEM)
        db.session.commit()
        assert read_blob(db.session.get_one(Blob, photos[0])) == PHOTO


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "없습니다"), (PHOTO[:-1], "다릅니다"), (PHOTO[::-1], "다릅니다"), (PHOTO + b"x", "다릅니다")],
)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_backup_with_a_missing_or_changed_photo_is_refused(photos, there, tmp_path, content, words):
    make_backup(tmp_path / "file.zip", SYSTEM)
    changed = with_entry(tmp_path / "file.zip", f"blobs/{photos[0]}", content)
    with there.app_context():
        said = there.test_cli_runner().invoke(args=["forum", "restore", str(changed)])
        assert said.exit_code == 1
        assert words in said.output
        assert photos[0][:12] in said.output
        assert list(current_store().listing()) == []
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Blob)) == 0


def test_a_photo_that_was_lost_before_the_backup_stops_neither_backup_nor_restore(app, photos, there, tmp_path):
    current_store().delete(photos[0])
    said = app.test_cli_runner().invoke(args=["forum", "backup", str(tmp_path / "file.zip")])
    assert said.exit_code == 0
    assert photos[0] in said.output
    with there.app_context():
        assert restore_backup(tmp_path / "file.zip", SYSTEM).missing_blobs == [photos[0]]
        db.session.commit()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Blob)) >= 2


def test_a_backup_without_the_store_is_refused_and_leaves_no_file(app, photos, tmp_path, monkeypatch):
    def gone(*_):
        raise StoreGone

    for reading in ("get", "pieces", "read_range"):
        monkeypatch.setattr(BlobStore, reading, gone)
    said = app.test_cli_runner().invoke(args=["forum", "backup", str(tmp_path / "file.zip")])
    assert (said.exit_code, list(tmp_path.glob("*.zip*"))) == (1, [])
    assert "대답하지 않아요" in said.output


def test_a_wrong_store_is_noticed_by_the_backup(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("forum.administration.operations.backup.MAX_MISSING", 0)
    current_store().delete(photos[0])
    with pytest.raises(InvalidInput, match="BLOB_STORE"):
        make_backup(tmp_path / "file.zip", SYSTEM)


def test_a_restore_that_the_store_refuses_leaves_no_row(photos, there, tmp_path, monkeypatch):
    make_backup(tmp_path / "file.zip", SYSTEM)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(BlobStore, "_sync", full)
    with there.app_context():
        said = there.test_cli_runner().invoke(args=["forum", "restore", str(tmp_path / "file.zip")])
        assert said.exit_code == 1
        assert "대답하지 않아요" in said.output
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Blob)) == 0


@pytest.mark.parametrize("missing", ["x", [1], None])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_list_of_lost_photos_that_is_none_is_no_manifest(photos, there, tmp_path, missing):
    make_backup(tmp_path / "file.zip", SYSTEM)
    with zipfile.ZipFile(tmp_path / "file.zip") as archive:
        facts = json.loads(archive.read("manifest.json"))
    content = json.dumps(facts | {"missing_blobs": missing}).encode()
    changed = with_entry(tmp_path / "file.zip", "manifest.json", content)
    with there.app_context(), pytest.raises(InvalidInput, match="백업 파일이 아닙니다"):
        restore_backup(changed, SYSTEM)


# Check
def lose(folder, stored, _waiting):
    path_of(folder, stored).unlink()


def cut(folder, stored, _waiting):
    path_of(folder, stored).write_bytes(PHOTO[:-1])


def forget(_folder, _stored, waiting):
    long_ago = clock.now() - timedelta(hours=2)
    db.session.execute(sa.update(Blob).where(Blob.sha256 == waiting).values(kept_at=long_ago))


def take(folder, _stored, _waiting):
    (folder / "owner").write_text("forum_other")


@pytest.mark.parametrize(
    ("harm", "words"),
    [(lose, "보관소에 없습니다"), (cut, "크기가 다릅니다"), (forget, "한 시간 넘게"), (take, "다른 포럼의 것")],
)
def test_each_difference_between_rows_and_store_is_found(photos, check, own_folder, harm, words):
    assert check().exit_code == 0, check().output
    db.session.rollback()
    harm(own_folder, *photos)
    said = check()
    assert (said.exit_code, words in said.output) == (1, True), said.output


def test_changed_bytes_are_found_on_request(photos, check, own_folder):
    assert check("--blobs").exit_code == 0
    path_of(own_folder, photos[0]).write_bytes(PHOTO[::-1])
    assert check().exit_code == 0
    said = check("--blobs")
    assert said.exit_code == 1
    assert f"{photos[0]}: 내용이 바뀌었습니다" in said.output


def test_a_store_that_is_gone_is_no_silence_of_the_check(photos, check, app, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setitem(app.config, "BLOB_STORE", str(tmp_path / "file" / "store"))
    app.extensions["blob_stores"].clear()
    said = check("--blobs")
    assert said.exit_code == 1
    assert "대답하지 않아 견주지 못했습니다" in said.output


# The commands
def test_photos_are_copied_to_s3_and_back_while_the_forum_runs(photos, app, s3_store, tmp_path, monkeypatch):
    folder = str(tmp_path / "store")
    monkeypatch.setitem(app.config, "BLOB_STORE", folder)
    to = f"s3://photos/{tmp_path.name}"
    app.extensions["blob_stores"].clear()
    for _again in range(2):
        said = app.test_cli_runner().invoke(args=["forum", "blobs", "copy", to])
        assert said.exit_code == 0, said.output
    assert other_store(to).get(photos[0]) == PHOTO
    path_of(tmp_path / "store", photos[0]).unlink()
    monkeypatch.setitem(app.config, "BLOB_STORE", to)
    app.extensions["blob_stores"].clear()
    assert app.test_cli_runner().invoke(args=["forum", "blobs", "copy", folder]).exit_code == 0
    assert path_of(tmp_path / "store", photos[0]).read_bytes() == PHOTO


def test_what_cannot_be_copied_is_named(photos, app, own_folder, tmp_path):
    path_of(own_folder, photos[0]).write_bytes(PHOTO[::-1])
    said = app.test_cli_runner().invoke(args=["forum", "blobs", "copy", str(tmp_path / "other")])
    assert said.exit_code == 1
    assert photos[0] in said.output
    said = app.test_cli_runner().invoke(args=["forum", "blobs", "copy", str(own_folder)])
    assert said.exit_code == 1
    assert "지금 쓰는" in said.output


def test_a_restored_forum_takes_the_store_over_on_record(photos, app, check, own_folder):
    take(own_folder, *photos)
    assert app.test_cli_runner().invoke(args=["forum", "blobs", "own"]).exit_code == 0
    assert check().exit_code == 0
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "blobs.own")).one()
    assert (entry.before, entry.after) == ({"owner": "forum_other"}, {"owner": app.config["NAMESPACE"]})


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_may_copy_and_take_over(make, tmp_path, role):
    actor = make.actor(role)
    if role in {Role.ADMIN, Role.SYSTEM}:
        take_store(actor)
        list(copy_blobs(actor, str(tmp_path / "other")))
        return
    for act in (lambda: take_store(actor), lambda: copy_blobs(actor, str(tmp_path / "other"))):
        with pytest.raises(Forbidden):
            act()


def test_the_backup_holds_one_photo_in_memory_at_a_time(make, tmp_path):
    import tracemalloc

    for n in range(20):
        make.idea_photo(sha256=make.blob(os.urandom(1_000_000) + bytes([n])).sha256)
    db.session.commit()
    tracemalloc.start()
    make_backup(tmp_path / "file.zip", SYSTEM)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = (tmp_path / "file.zip").stat().st_size
    assert size > 20_000_000
    assert peak < 8_000_000


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_large_file_is_restored_piece_by_piece(make, there, tmp_path):
    import tracemalloc

    large = os.urandom(1_000_000) * 60
    name = make.blob(large).sha256
    db.session.commit()
    make_backup(tmp_path / "file.zip", SYSTEM)
    with there.app_context():
        tracemalloc.start()
        restore_backup(tmp_path / "file.zip", SYSTEM)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        db.session.commit()
        assert current_store().get(name) == large
    assert peak < 30_000_000

"""Files with data of people are readable for their owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum import create_app
from forum.core.extensions import db
from forum.core.files import create_private, keep_private, make_private_folder, write_private
from tests.conftest import test_config


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def open_umask():
    """With this mask a careless program opens its files to everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("is_new", [True, False])
def test_the_files_of_sqlite_are_private(tmp_path, is_new):
    folder = tmp_path / "instance"
    if not is_new:
        folder.mkdir()
        for name in ("forum.sqlite", "queue.sqlite"):
            (folder / name).touch(0o666)
    app = create_app(test_config(f"sqlite:///{folder / 'forum.sqlite'}", folder, TESTING=False))
    with app.app_context():
        db.session.execute(sa.text("CREATE TABLE note (words TEXT)"))
        db.session.commit()
        app.extensions["forum_queue"].huey.storage.flush_queue()
        found = {path.name: mode(path) for path in folder.iterdir()}
        db.session.remove()
        db.engine.dispose()
    app.extensions["forum_queue"].huey.storage.close()
    assert {"forum.sqlite", "forum.sqlite-wal", "forum.sqlite-shm", "queue.sqlite"} <= found.keys()
    assert set(found.values()) == {0o600}
    assert mode(folder) == (0o700 if is_new else 0o777)


def test_old_logs_of_sqlite_are_closed_too(tmp_path):
    file = tmp_path / "forum.sqlite"
    app = create_app(test_config(f"sqlite:///{file}", tmp_path))
    with app.app_context():
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).touch(0o666)
        db.session.execute(sa.text("SELECT 1"))
        assert {mode(path) for path in tmp_path.glob("forum.sqlite*")} == {0o600}
        db.session.remove()
        db.engine.dispose()


def test_a_file_that_is_there_keeps_its_content(tmp_path):
    file = tmp_path / "file"
    file.write_text("글")
    create_private(file)
    keep_private(file)
    assert (file.read_text(), mode(file)) == ("글", 0o600)


def test_a_device_and_a_missing_file_stay_as_they_are(tmp_path):
    before = mode(Path("/dev/null"))
    keep_private(Path("/dev/null"))
    keep_private(tmp_path / "missing")
    create_private(tmp_path / "no" / "folder")
    assert mode(Path("/dev/null")) == before
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_private_and_an_old_one_left_alone(tmp_path):
    make_private_folder(tmp_path / "new")
    (tmp_path / "old").mkdir()
    make_private_folder(tmp_path / "old")
    assert (mode(tmp_path / "new"), mode(tmp_path / "old")) == (0o700, 0o777)


def test_a_file_is_written_whole_and_for_its_owner(tmp_path):
    for content in (b"first", b"second"):
        write_private(tmp_path / "file", content)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert ((tmp_path / "file").read_bytes(), mode(tmp_path / "file")) == (b"second", 0o600)


def test_after_a_write_error_nothing_is_left(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_private(tmp_path / "folder", b"content")  # its name is a folder's: it cannot be put there
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]

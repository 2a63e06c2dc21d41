"""The store on S3 (a real server), without a server, before a fork, and killed between the bytes and their row."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.system.blobs.models import Blob
from forum.system.blobs.services import keep_blob, read_blob, store_bytes
from forum.system.blobs.store import BlobMissing, StoreGone, current_store
from forum.system.blobs.tasks import list_strays, remove_orphans, store_waiting

ROOT = Path(__file__).resolve().parents[4]
WEBP = "image/webp"
NAME = "0" * 64


def seconds_of(act) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def refused():
    with pytest.raises(StoreGone):
        current_store().get(NAME)


def test_s3_keeps_gives_lists_and_deletes(s3_store):
    store = current_store()
    kept = store_bytes(b"photo" * 100_000, WEBP)
    assert kept.is_stored
    assert store.get(kept.sha256) == kept.data
    assert [(one.sha256, one.size) for one in store.listing()] == [(kept.sha256, 500_000)]
    assert (store.has(kept.sha256), store.has(NAME), store.answers()) == (True, False, True)
    store.delete(kept.sha256)
    store.delete(kept.sha256)
    with pytest.raises(BlobMissing):
        store.get(kept.sha256)
    assert list(store.listing()) == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_more_than_a_page_of_s3_is_listed(s3_store):
    store = current_store()
    names = {f"{n:064x}" for n in range(1_030)}
    for name in names:
        store.put(name, b"x")
    assert {found.sha256 for found in store.listing()} == names


def test_on_s3_bytes_wait_while_it_is_gone_and_orphans_leave_it(s3_store):
    s3_store.kill()
    try:
        assert seconds_of(lambda: keep_blob(store_bytes(b"photo", WEBP))) < 6
        db.session.commit()
        assert seconds_of(refused) < 6
        assert seconds_of(refused) < 0.1
        assert store_waiting() == 0
    finally:
        s3_store.start()
    current_store()._writing.worked()  # the pause is over
    current_store()._reading.worked()
    assert store_waiting() == 1
    blob = db.session.scalars(sa.select(Blob)).one()
    assert (blob.waiting, read_blob(blob)) == (None, b"photo")
    with clock.at(clock.now() + timedelta(hours=49)):
        assert remove_orphans() == 1
    assert list(current_store().listing()) == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_silent_s3_costs_seconds_once(s3_store):
    assert current_store().answers()
    s3_store.silence()
    try:
        assert seconds_of(refused) < 6
        assert seconds_of(refused) < 0.1
        current_store()._reading.worked()
        assert seconds_of(lambda: current_store().answers()) < 2.5
        assert not current_store().answers()
    finally:
        s3_store.speak()
    current_store()._reading.worked()
    assert current_store().answers()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_folder_that_is_no_folder_is_an_outage(app, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setitem(app.config, "BLOB_STORE", str(tmp_path / "file" / "store"))
    app.extensions["blob_stores"].clear()
    try:
        assert not store_bytes(b"photo", WEBP).is_stored
    finally:
        app.extensions["blob_stores"].clear()


FORK = """
import os, time
from flask import Flask
from config import Config
from forum.core.extensions import babel
from forum.system.blobs.setup import register
from forum.system.blobs.store import StoreGone, current_store
name, app = "0" * 64, Flask("fork")
app.config.from_mapping(Config.from_env().for_flask())
babel.init_app(app)
register(app)
with app.app_context():
    FIRST_USE
    child = os.fork()
    if child == 0:
        try:
            current_store().put(name, b"in the child")
            code = 0 if current_store().get(name) == b"in the child" else 9
        except StoreGone:
            code = 7
        os._exit(code)
    deadline = time.monotonic() + 10
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > deadline:
            os.kill(child, 9)
            raise SystemExit("the child hangs")
        time.sleep(0.05)
    print(os.waitstatus_to_exitcode(ended[1]))
    current_store().put(name, b"in the parent")
    print(current_store().get(name).decode())
"""


def in_a_process(code: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"FORUM_ENV": "development", "FORUM_INSTANCE_DIR": str(folder), "DATABASE_URL": ""}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env=environment | {"NLP_ENCODER": "none"} | settings,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


@pytest.mark.parametrize(("first_use", "in_the_child"), [("current_store().put(name, b'x')", "7"), ("pass", "0")])
@pytest.mark.parametrize("where", ["folder", "s3"])
def test_a_child_makes_its_own_store_and_never_hangs(tmp_path, running_s3, where, first_use, in_the_child):
    """As gunicorn and huey fork: before the first use. After it, the child hears at once that there is no store."""
    settings = running_s3.settings if where == "s3" else {}
    done = in_a_process(FORK.replace("FIRST_USE", first_use), tmp_path, **settings)
    assert (done.returncode, done.stdout.strip().split("\n")[-2:]) == (0, [in_the_child, "in the parent"]), done.stderr


KILLED = """
import wsgi
from forum.core.extensions import db
from forum.system.blobs.services import keep_blob, store_bytes
with wsgi.app.app_context():
    keep_blob(store_bytes(b"photo of a killed process", "image/webp"))
    db.session.commit()
"""


def test_a_process_killed_between_bytes_and_row_leaves_nothing_visible(app, tmp_path, monkeypatch):
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    done = in_a_process(KILLED, tmp_path, DATABASE_URL=url, FAILPOINT="blobs.stored:kill")
    assert done.returncode == -signal.SIGKILL, done.stderr
    monkeypatch.setitem(app.config, "BLOB_STORE", str(tmp_path / "blobs"))
    app.extensions["blob_stores"].clear()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Blob)) == 0
    assert len(list(current_store().listing())) == 1
    with clock.at(clock.now() + timedelta(hours=49)):
        assert list_strays() == 1
        assert remove_orphans() == 1
    assert list(current_store().listing()) == []
    app.extensions["blob_stores"].clear()

"""How photos are given out, and what people see where they cannot be, or where one cannot be kept."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
import structlog
from flask import request

from forum import create_app
from forum.core import clock
from forum.core.extensions import db
from forum.system.blobs.models import Blob
from forum.system.blobs.services import keep_blob, store_bytes
from forum.system.blobs.serving import blob_response
from forum.system.blobs.store import BlobStore, current_store
from forum.web.gate import public
from forum.web.slots import limit_database_use
from tests.conftest import test_config

DATA = b"RIFF photo"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def other(app, tmp_path):
    """An application over the test's database with a page that gives a photo, and one that takes a text with one."""
    made = create_app(test_config(app.config["DATABASE_URL"], tmp_path, VISITOR_CACHE_SECONDS=5))

    @made.get("/photo")
    @public
    def photo():
        return blob_response(db.session.get_one(Blob, SHA256))

    @made.post("/photo")
    @public
    def keep():
        keep_blob(store_bytes(request.form["text"].encode(), "image/webp"))
        db.session.commit()
        return "kept"

    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def client(other):
    with other.app_context():
        keep_blob(store_bytes(DATA, "image/webp"))
        db.session.commit()
    return other.test_client()


def full(*_):
    raise OSError(28, "No space left on device: /secret/folder")


def test_a_photo_says_what_it_is_and_can_do_nothing_else(client):
    answer = client.get("/photo")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, DATA, "image/webp")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.get_etag() == (SHA256, False)


def test_who_has_it_is_sent_nothing_and_head_asks_the_store_nothing(client, monkeypatch):
    monkeypatch.setattr(BlobStore, "get", full)
    answer = client.get("/photo", headers={"If-None-Match": f'"{SHA256}"'})
    assert (answer.status_code, answer.data) == (304, b"")
    answer = client.head("/photo")
    assert (answer.status_code, answer.data, answer.content_length) == (200, b"", len(DATA))


def test_a_store_that_is_gone_is_503_in_words(client, other, monkeypatch):
    with other.app_context():
        current_store()._store = None

    def lost(*_):
        raise OSError("connection refused by 10.0.0.7")

    monkeypatch.setattr("obstore.get", lost)
    answer = client.get("/photo")
    assert (answer.status_code, "사진과 자료 파일을 보관하는 곳이 대답하지 않아요" in answer.text) == (503, True)
    assert "10.0.0.7" not in answer.text


def test_a_lost_photo_is_404_and_logged(client, other):
    with other.app_context():
        current_store().delete(SHA256)
    with structlog.testing.capture_logs() as lines:
        answer = client.get("/photo")
    assert (answer.status_code, "사진을 찾지 못했어요" in answer.text) == (404, True)
    assert [line["sha256"] for line in lines if line["event"] == "blob_missing"] == [SHA256]


def test_while_the_store_is_asked_no_slot_is_taken(client, other, monkeypatch):
    limit_database_use(other, 4)
    limits, seen = other.extensions["database_slots"], []
    slots = (limits.everybody, limits.writers)
    monkeypatch.setattr(BlobStore, "get", lambda *_: seen.append([each.used for each in slots]) or DATA)
    assert client.get("/photo").data == DATA
    assert (seen, [each.used for each in slots]) == ([[0, 0]], [0, 0])


# No room
def test_a_full_disk_of_the_store_is_noticed_by_nobody_who_sends(client, other, monkeypatch):
    monkeypatch.setattr(BlobStore, "_sync", full)
    assert client.post("/photo", data={"text": "새 사진"}).text == "kept"
    with other.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).where(Blob.waiting.is_not(None))) == 1


def test_too_many_waiting_are_refused_and_nothing_typed_is_lost(client, other, monkeypatch):
    monkeypatch.setattr(BlobStore, "_sync", full)
    monkeypatch.setitem(other.config, "BLOB_WAITING_MAX_BYTES", 5)
    answer = client.post("/photo", data={"text": "골목에 횡단보도를 다시 칠해 주세요"})
    assert (answer.status_code, "기다리는 사진이 너무 많아요" in answer.text) == (503, True)
    assert "골목에 횡단보도를 다시 칠해 주세요" in answer.text
    assert "/secret" not in answer.text
    with other.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Blob)) == 1


@pytest.fixture
def full_database(client, other, engine_name):
    """The database has no room for a further blob: SQLite by its own limit, PostgreSQL by an error of that code."""
    with other.app_context():
        if engine_name == "sqlite":
            with full_sqlite():
                yield
            return
        with db.engine.begin() as connection:
            for statement in NO_ROOM:
                connection.exec_driver_sql(statement)
        yield
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION no_room CASCADE")


NO_ROOM = (
    "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END$$",
    "CREATE TRIGGER no_room BEFORE INSERT ON blob FOR EACH ROW EXECUTE FUNCTION no_room()",
)


def add_rows(most: int) -> None:
    for n in range(most):
        values = {"sha256": f"{n:064x}", "size": 1, "media_type": "image/webp", "kept_at": clock.now()}
        with db.engine.begin() as connection:
            connection.execute(sa.insert(Blob).values(values))


@contextmanager
def full_sqlite():
    """Let the file grow no more, and fill the pages that it has."""

    def stay_small(connection):
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # in fact as many as there are

    sa.event.listen(db.engine, "begin", stay_small)
    try:
        with pytest.raises(sa.exc.OperationalError, match="full"):
            add_rows(10_000)
        yield
    finally:
        sa.event.remove(db.engine, "begin", stay_small)


def test_a_full_disk_of_the_database_after_the_bytes_leaves_no_row(full_database, client, other):
    """Between blob and row: the bytes are an orphan, the page says what is the matter and shows what was typed."""
    text = "골목에 횡단보도를 다시 칠해 주세요"
    answer = client.post("/photo", data={"text": text})
    assert (answer.status_code, text in answer.text) == (503, True)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    with other.app_context():
        assert current_store().has(sha256)
        assert db.session.get(Blob, sha256) is None

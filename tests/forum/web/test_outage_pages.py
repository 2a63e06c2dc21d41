"""The database is locked, full, read-only or gone: one wait, words that are so, and nothing that was typed is lost."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing, contextmanager
from html import unescape

import psycopg
import pytest
import sqlalchemy as sa

from forum.core.database_outages import DatabaseOutage, outage_of
from forum.core.extensions import db
from forum.voice.ideas.models import Idea
from forum.web.outage_pages import WORDS

TITLE, BODY = "옥상에 텃밭을 만들어요", "\n학교 옥상에 텃밭을 만들면\r\n여름에 시원하고 급식에도 씁니다."
KEY = "k" * 32
TEXT = {"title": TITLE, "body": BODY, "sector": "BUILDING", "region_code": "", "idempotency_key": KEY}
WAIT_MILLISECONDS = 150


@pytest.fixture
def path(app, make, client, monkeypatch):
    monkeypatch.setitem(app.config, "LOCK_WAIT_MILLISECONDS", WAIT_MILLISECONDS)
    campaign = make.campaign()
    client.login(make.citizen())
    return f"/c/{campaign.slug}/ideas/new"


@contextmanager
def locked():
    """Another session holds what a new idea needs."""
    sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:  # on SQLite each transaction that may write holds the one lock
        connection.exec_driver_sql("SELECT 1" if sqlite else "LOCK TABLE idea IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@contextmanager
def statements(app, refuse=None):
    """List the statements of requests; `refuse` may raise the driver's error instead of sending one."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("PRAGMA"):
            return
        seen.append(statement)
        if refuse is not None:
            raise refuse

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def form_of(page: str) -> dict[str, str]:
    """Return the fields of the page's form, as a browser would send them."""
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    typed = re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: unescape(value) for name, value in hidden + typed}


def rule_value() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Idea)) or 0


def test_a_post_beside_a_lock_waits_once_and_can_be_sent_again(app, path, client):
    db.session.commit()
    with locked():
        begun = time.monotonic()
        refused = client.post(path, data=TEXT)
        seconds = time.monotonic() - begun
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert refused.headers["Cache-Control"] == "private, no-store"
    assert str(WORDS[DatabaseOutage.BUSY].title) in refused.text
    assert "보낸 내용은 저장되지 않았어요" in refused.text
    assert WAIT_MILLISECONDS / 1000 <= seconds < 2
    again = form_of(refused.text)
    assert again.pop("csrf_token")
    assert again == TEXT
    assert f'action="{path}"' in refused.text
    assert client.post(path, data=again).status_code == 303
    assert client.post(path, data=again).headers["Idempotent-Replayed"] == "true"
    assert rule_value() == 1


def test_a_page_without_typed_text_says_how_to_come_back(app, path, client):
    with statements(app, sa.exc.OperationalError("SELECT", {}, sqlite3.OperationalError("?"))):
        page = client.get(path)
    assert page.status_code == 503
    assert "다시 열어 주세요" in page.text
    assert 'method="post"' not in page.text


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (psycopg.errors.LockNotAvailable(), DatabaseOutage.BUSY),
        (psycopg.errors.QueryCanceled(), DatabaseOutage.BUSY),
        (psycopg.errors.DeadlockDetected(), DatabaseOutage.BUSY),
        (psycopg.errors.TooManyConnections(), DatabaseOutage.BUSY),
        (psycopg.errors.DiskFull(), DatabaseOutage.FULL),
        (psycopg.errors.ReadOnlySqlTransaction(), DatabaseOutage.READ_ONLY),
        (psycopg.errors.AdminShutdown(), DatabaseOutage.UNREACHABLE),
        (psycopg.OperationalError("connection refused"), DatabaseOutage.UNREACHABLE),
        (psycopg.errors.IoError(), DatabaseOutage.UNKNOWN),
        (sqlite3.OperationalError("?"), DatabaseOutage.UNKNOWN),
    ],
    ids=lambda value: value.value if isinstance(value, DatabaseOutage) else type(value).__name__,
)
def test_the_drivers_code_decides_what_is_said(app, path, client, error, outage):
    """Whatever statement fails, the answer sends no other: neither the page nor anything around it asks again."""
    kind = sa.exc.InternalError if isinstance(error, psycopg.InternalError) else sa.exc.OperationalError
    db.session.commit()
    with statements(app, kind("INSERT", {}, error)) as seen:
        refused = client.post(path, data=TEXT)
    assert len(seen) == 1
    assert refused.status_code == 503
    assert str(WORDS[outage].title) in refused.text
    assert str(WORDS[outage].message) in refused.text
    assert form_of(refused.text)["body"] == TEXT["body"]


def test_an_exhausted_pool_is_busy():
    assert outage_of(sa.exc.TimeoutError()) is DatabaseOutage.BUSY


def test_another_internal_error_is_no_outage(app, path, client):
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    try:
        with statements(app, sa.exc.InternalError("SELECT", {}, psycopg.errors.DataCorrupted())):
            assert client.post(path, data=TEXT).status_code == 500
    finally:
        app.testing, app.config["PROPAGATE_EXCEPTIONS"] = True, None


def vacuum(app):
    """SQLite: give back the pages that nothing stands on."""
    db.session.remove()
    db.engine.dispose()
    with closing(sqlite3.connect(sa.make_url(app.config["DATABASE_URL"]).database)) as connection:
        connection.execute("VACUUM")


@contextmanager
def pragma(before: str, after: str):
    """SQLite: set something for the connections of requests."""

    def limit(connection, _record, _proxy):
        connection.execute(before)

    db.session.commit()
    db.engine.dispose()
    sa.event.listen(db.engine, "checkout", limit)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "checkout", limit)
        with db.engine.connect() as connection:
            connection.exec_driver_sql(after)
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_full_disk_of_sqlite_loses_no_text(app, path, client):
    db.session.commit()
    vacuum(app)  # else the text would go where a migration has left pages free
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    long = TEXT | {"body": "가나다라 " * 900}
    with pragma(f"PRAGMA max_page_count={pages}", "PRAGMA max_page_count=1000000"):
        refused = client.post(path, data=long)
    assert refused.status_code == 503
    assert str(WORDS[DatabaseOutage.FULL].title) in refused.text
    assert form_of(refused.text)["body"] == long["body"]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_read_only_server_says_so(app, path, client):
    name = sa.make_url(app.config["DATABASE_URL"]).database

    def set_read_only(value: str) -> None:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = off")
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
        db.session.remove()
        db.engine.dispose()

    db.session.commit()
    set_read_only("on")
    try:
        refused = client.post(path, data=TEXT)
    finally:
        set_read_only("off")
    assert refused.status_code == 503
    assert str(WORDS[DatabaseOutage.READ_ONLY].title) in refused.text
    assert form_of(refused.text)["title"] == TITLE


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("statement", "code"), [("PRAGMA query_only=ON", DatabaseOutage.READ_ONLY)])
def test_the_code_of_a_read_only_sqlite(app, statement, code):
    with sqlite3.connect(":memory:") as connection:
        connection.execute(statement)
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("CREATE TABLE a (b)")
    connection.close()
    assert outage_of(sa.exc.OperationalError("", {}, caught.value)) is code


def test_an_unwritable_file_of_sqlite_is_unreachable(tmp_path):
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(tmp_path / "no" / "folder.sqlite")
    assert outage_of(sa.exc.OperationalError("", {}, caught.value)) is DatabaseOutage.UNREACHABLE


def test_programs_are_told_in_json(app, path, client):
    with statements(app, sa.exc.OperationalError("SELECT", {}, psycopg.errors.DiskFull())):
        refused = client.post(path, data=TEXT, headers={"Accept": "application/json"})
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert refused.json["error"]["message"] == str(WORDS[DatabaseOutage.FULL].message)


def test_a_password_is_neither_shown_nor_sent_again(app, path, client):
    with statements(app, sa.exc.OperationalError("SELECT", {}, psycopg.errors.DiskFull())):
        refused = client.post(path, data=TEXT | {"password": "조용한 들판을 달리는 자전거 7"})
    assert refused.status_code == 503
    assert "자전거" not in refused.text
    assert 'method="post"' not in refused.text


def test_files_are_chosen_again(app, path, client):
    from io import BytesIO

    with statements(app, sa.exc.OperationalError("SELECT", {}, psycopg.errors.DiskFull())):
        refused = client.post(path, data=TEXT | {"plan": (BytesIO(b"%PDF-"), "plan.pdf")})
    assert 'enctype="multipart/form-data"' in refused.text
    assert '<input class="krds-input" type="file" id="file-1" name="plan">' in refused.text
    assert "%PDF-" not in refused.text


def test_markup_in_a_text_stays_text(app, path, client):
    evil = '</textarea><script>alert("1")</script>'
    with statements(app, sa.exc.OperationalError("SELECT", {}, psycopg.errors.DiskFull())):
        refused = client.post(path, data=TEXT | {"body": evil, 'na"me': evil})
    assert evil not in refused.text
    assert form_of(refused.text)["body"] == evil

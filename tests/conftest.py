"""Fixtures. A test that asks for `app` (or anything built on it) runs twice: on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import contextvars
import ctypes
import gc
import hashlib
import os
import pickle
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from config import EXAMPLE_OPERATOR, Config
from forum import create_app
from forum.core import clock, memory
from forum.core.extensions import db, limiter
from forum.people.passes.actor import SESSION_KEY
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.runner import run_job, run_periodic_tasks
from tests.factories import Factories
from tests.servers import PostgresBase, RedisServer, S3Server, SqliteBase

ENGINES = ("sqlite", "postgresql")
LONG = (
    "tests/test_assault.py",
    "tests/test_browser_council.py",
    "tests/test_browser_offline.py",
    "tests/test_browser_queue.py",
    "tests/test_browser_room.py",
    "tests/test_browser_walk.py",
    "tests/test_council_end_to_end.py",
    "tests/test_worker.py",
    "tests/inputs/",
    "tests/nlp/text/test_tokens.py",
    "tests/nlp/test_scale.py",
    "tests/project/test_rights.py",
    "tests/project/test_query_counts.py",
    "tests/forum/administration/operations/test_startup_checks.py",
)
"""Where single tests take half a minute: they begin, or at the end one worker would wait for the other."""
_made_once: dict[tuple[str, str], Any] = {}
"""What `once` returned, by engine and name; the rows are in the base."""


def test_config(url: str, instance: Path, **changes: Any) -> Config:
    """Settings for tests: no secure cookies, no rate limits, no CSRF; the tests that are about those turn them on."""
    settings: dict[str, Any] = {
        "SECRET_KEY": "test-" + "k" * 40,
        "SECURITY_PASSWORD_SALT": "test-" + "s" * 40,
        "ENVIRONMENT": "development",
        "TESTING": True,
        "DATABASE_URL": url,
        "INSTANCE_DIR": instance,
        "SESSION_COOKIE_SECURE": False,
        "RATELIMIT_ENABLED": False,
        "NLP_ENCODER": "none",
        "VISITOR_CACHE_SECONDS": 0,
        "GUARDIAN_VERIFIER": "mailed_link",
        "DAILY_MAIL_FROM_HOUR": 0,
        "TRUSTED_HOSTS": ("localhost", "127.0.0.1"),
        "EXTRA": {"WTF_CSRF_ENABLED": False},
    } | EXAMPLE_OPERATOR
    return Config(**(settings | changes))


test_config.__test__ = False  # type: ignore[attr-defined]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    spare_the_collector()
    gc.set_threshold(10_000, 20, 50)


def spare_the_collector() -> None:
    """Leave what is loaded by now out of the garbage collector's walks: a quarter of a page's time went there."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def keep_freed_memory() -> Iterator[None]:
    """Let digests give memory back without a walk through all that a process of tests holds.

    The walk took longer than making the digest.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", lambda _kept: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "release", lambda: trim(0))
        yield


class ForumClient(FlaskClient):
    """A client whose requests see what the test wrote, and run in an application context of their own.

    Without that they would share the test's session and `g`, and a stale object could make a test pass.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.commit()
        context = contextvars.Context()
        context.run(clock._pinned.set, clock._pinned.get())
        try:
            return context.run(super().open, *args, **kwargs)
        finally:
            db.session.rollback()
            db.session.expire_all()

    def login(self, account: Any) -> ForumClient:
        """Sign in without the sign-in page; that page has tests of its own."""
        db.session.commit()
        with self.session_transaction() as session:
            session["_user_id"] = account.fs_uniquifier
            session["_fresh"] = True
        return self

    def hold_pass(self, code: str) -> ForumClient:
        """Keep a guest pass in this browser, as joining a room does."""
        db.session.commit()
        with self.session_transaction() as session:
            session[SESSION_KEY] = code
        return self


@pytest.fixture(scope="session")
def known_summaries() -> Iterator[None]:
    """Summaries of votes computed once for equal votes: they are pure, and take a second of the same few crowds.

    The tests of `nlp` have taken the function itself by then.
    """
    from nlp.opinion import summary

    compute, found = summary.summarise, {}

    def summarise(cells: Any, **about: Any) -> Any:
        key = hashlib.sha256(pickle.dumps((cells, about))).digest()
        if key not in found:
            found[key] = pickle.dumps(compute(cells, **about))
        return pickle.loads(found[key])  # noqa: S301  (our own bytes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(summary, "summarise", summarise)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Templates compiled once for every application of every worker: it takes as long as twenty pages."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    (shared / "templates").mkdir(exist_ok=True)
    cache = FileSystemBytecodeCache(str(shared / "templates"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", Flask.jinja_options | {"bytecode_cache": cache})
        yield


@pytest.fixture(scope="session")
def bases(
    tmp_path_factory: pytest.TempPathFactory, known_summaries: None
) -> Iterator[Callable[[str], tuple[Flask, Any]]]:
    """The application on each engine, made when first asked for."""
    ready: dict[str, tuple[Flask, Any]] = {}

    def get(engine: str) -> tuple[Flask, Any]:
        if engine not in ready:
            base = SqliteBase() if engine == "sqlite" else PostgresBase()
            app = create_app(test_config(base.url, tmp_path_factory.mktemp(f"instance-{engine}")))
            app.test_client_class = ForumClient
            with app.app_context():
                base.prepare(app)
            ready[engine] = (app, base)
            spare_the_collector()
        return ready[engine]

    yield get
    for app, base in ready.values():
        with app.app_context():
            db.engine.dispose()
        base.close()


@pytest.fixture(scope="session")
def other_bases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], tuple[Flask, Any]]]:
    """A second application on each engine with a database of its own, for what goes from one forum to another."""
    ready: dict[str, tuple[Flask, Any]] = {}

    def get(engine: str) -> tuple[Flask, Any]:
        if engine not in ready:
            base = SqliteBase() if engine == "sqlite" else PostgresBase("_other")
            app = create_app(test_config(base.url, tmp_path_factory.mktemp(f"other-{engine}")))
            with app.app_context():
                base.prepare(app)
            ready[engine] = (app, base)
        return ready[engine]

    yield get
    for app, base in ready.values():
        with app.app_context():
            db.engine.dispose()
        base.close()


@pytest.fixture
def other_app(
    other_bases: Callable[[str], tuple[Flask, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Flask]:
    """Return the second application of an engine over an empty, migrated database, with files of this test's own."""

    def get(engine: str) -> Flask:
        app, base = other_bases(engine)
        monkeypatch.setitem(app.config, "INSTANCE_DIR", tmp_path / "other")
        app.extensions["blob_stores"].clear()
        with app.app_context():
            base.clear()
        return app

    return get


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def app(engine_name: str, bases: Callable[[str], tuple[Flask, Any]]) -> Iterator[Flask]:
    """The application over an empty, migrated database, with its context pushed."""
    app, base = bases(engine_name)
    with app.app_context():
        base.clear()
        app.extensions["forum_queue"].huey.flush()
        # The limiter is one for all applications of a process: another test's may have turned it on.
        limiter.enabled = bool(app.config["RATELIMIT_ENABLED"])
        yield app
        db.session.remove()


@pytest.fixture
def once(
    app: Flask, engine_name: str, bases: Callable[[str], tuple[Flask, Any]], request: pytest.FixtureRequest
) -> Callable[[Callable[[], Any]], Any]:
    """Return a function that has rows made once; the next tests of this worker and engine find copies of them.

    What makes them returns plain values, such as ids: they are the same for every test.
    """

    def get(build: Callable[[], Any]) -> Any:
        base, name = bases(engine_name)[1], f"{request.module.__name__}.{build.__qualname__}"
        if (engine_name, name) in _made_once and base.come_back(name):
            return _made_once[engine_name, name]
        found = build()
        db.session.commit()
        base.keep(name)
        _made_once[engine_name, name] = found
        return found

    return get


@pytest.fixture
def client(app: Flask) -> ForumClient:
    client = app.test_client()
    assert isinstance(client, ForumClient)
    return client


@pytest.fixture
def new_client(app: Flask) -> Callable[[], ForumClient]:
    """Further clients, for tests in which several people act."""

    def make_client() -> ForumClient:
        client = app.test_client()
        assert isinstance(client, ForumClient)
        return client

    return make_client


@pytest.fixture
def make(app: Flask) -> Factories:
    return Factories()


@pytest.fixture
def work(app: Flask) -> Callable[[], list[JobState | None]]:
    """Do what a worker would: every queued job, then every periodic task. Gives the states the jobs ended in."""

    def inside() -> list[JobState | None]:
        with app.app_context():
            states = []
            while job_id := db.session.scalar(
                sa.select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id).limit(1)
            ):
                states.append(run_job(job_id))
            run_periodic_tasks()
            return states

    def run() -> list[JobState | None]:
        db.session.commit()
        states = contextvars.Context().run(inside)
        db.session.expire_all()
        return states

    return run


@pytest.fixture
def outbox(app: Flask) -> Callable[[], list[str]]:
    """Everything that mail files say, oldest first; call after `work()`."""

    def read() -> list[str]:
        from email import message_from_bytes, policy

        folder = Path(app.config["INSTANCE_DIR"]) / "outbox"
        files = sorted(folder.glob("*.eml"), key=os.path.getmtime)
        messages = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [f"To: {m['To']}\nSubject: {m['Subject']}\n\n{m.get_content()}" for m in messages]

    for leftover in (Path(app.config["INSTANCE_DIR"]) / "outbox").glob("*.eml"):
        leftover.unlink()
    return read


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of the test's own that runs; it may be killed and started again."""
    server = RedisServer().start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def running_s3() -> Iterator[S3Server]:
    server = S3Server().start()
    yield server
    server.kill()


@pytest.fixture
def s3_store(app: Flask, running_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """The application with its blobs on S3, in a folder of this test's own."""
    stores = app.extensions["blob_stores"]
    stores.clear()
    for name, value in running_s3.settings.items():
        monkeypatch.setitem(app.config, name, f"{value}/{uuid.uuid4().hex}" if name == "BLOB_STORE" else value)
    yield running_s3
    stores.clear()


@pytest.fixture
def count_queries(app: Flask) -> Callable[[Callable[[], object]], int]:
    """How many statements a call sends to the database, BEGIN and PRAGMA left out."""

    def count(call: Callable[[], object]) -> int:
        seen: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                seen.append(statement)

        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            call()
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    return count

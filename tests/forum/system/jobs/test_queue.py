"""The queue over each storage: its own name, and requests and commits that go on while it is gone."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa
import structlog

from forum.core.extensions import db
from forum.core.outages import Outage
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.queue import Queue, make_huey
from forum.system.jobs.services import enqueue_job, enqueue_task
from tests.conftest import test_config
from tests.forum.system.jobs.helpers import KIND, handler, queued

__all__ = ["handler"]


@pytest.fixture
def queue_on(app, monkeypatch):
    """Give the application a queue as in life: `queue_on("redis", REDIS_URL=…)`."""

    made = []

    def use(kind: str, **settings: object) -> Queue:
        values = {**app.config, "TESTING": False, "QUEUE": kind, **settings}
        queue = Queue(app, make_huey(values))
        queue.huey.storage.read_timeout = 0.1
        monkeypatch.setitem(app.extensions, "forum_queue", queue)
        made.append(queue)
        return queue

    yield use
    for queue in made:
        queue.huey.storage.close()
    db.session.rollback()
    for table in sa.inspect(db.engine).get_table_names():
        if table.startswith("huey_"):  # QUEUE=postgres; the database is shared with other tests
            db.session.execute(sa.text(f"DROP TABLE {table} CASCADE"))
    db.session.commit()


def names(queue: Queue) -> list[str]:
    """The messages that wait, taken out."""
    found = []
    while (task := queue.take()) is not None:
        found.append(f"{task.name} {task.args[0]}")
    return found


@pytest.mark.parametrize("engine_name", ["postgresql"])
@pytest.mark.parametrize("kind", ["sqlite", "postgres", "redis"])
def test_two_forums_on_one_queue_server_take_only_their_own_messages(queue_on, redis_server, tmp_path, kind):
    shared = {"REDIS_URL": redis_server.url, "INSTANCE_DIR": tmp_path}
    ours = queue_on(kind, NAMESPACE="forum_a", **shared)
    theirs = queue_on(kind, NAMESPACE="forum_b", **shared)
    ours.put("job", 7)
    theirs.put("task", "audit.seal")
    assert names(ours) == ["forum_job 7"]
    assert names(theirs) == ["forum_errand audit.seal"]


def test_a_forum_has_a_name_that_its_processes_share_and_no_other_forum(tmp_path):
    ours = test_config("postgresql+psycopg://forum:secret@db/forum", tmp_path)
    through_a_pooler = replace(
        ours, DATABASE_URL="postgresql+psycopg://forum@127.0.0.1:6432/forum", INSTANCE_DIR=tmp_path / "b"
    )
    assert ours.namespace == through_a_pooler.namespace
    assert ours.for_flask()["NAMESPACE"] == ours.namespace
    others = [
        replace(ours, DATABASE_URL="postgresql+psycopg://forum@db/other"),
        replace(ours, SECRET_KEY="another-" + "k" * 40),
        replace(ours, DATABASE_URL=""),
        replace(ours, DATABASE_URL="", INSTANCE_DIR=tmp_path / "b"),
        replace(ours, NAMESPACE="chosen"),
    ]
    assert len({ours.namespace, *(other.namespace for other in others)}) == 6
    assert ours.SECRET_KEY not in ours.namespace


def down(queue_on: Callable[..., Queue], kind: str) -> Queue:
    """A queue on an address where nothing listens, for which no time passes: after a pause it would be tried again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"postgresql+psycopg://nobody@127.0.0.1:{port}/none"
    queue = queue_on(kind, REDIS_URL=f"redis://127.0.0.1:{port}/0", DATABASE_URL=address)
    queue.outage = Outage("queue", clock=lambda: 1_000.0)
    return queue


@pytest.mark.parametrize("kind", ["postgres", "redis"])
def test_a_queue_that_is_gone_loses_no_job_fails_no_commit_and_is_told_in_one_line(app, handler, queue_on, kind):
    handler(lambda progress: {"done": 1})
    queue = down(queue_on, kind)  # nor does it stop the start
    with structlog.testing.capture_logs() as lines:
        jobs = [queued(str(number)) for number in range(20)]
        enqueue_task("audit.seal")
        db.session.commit()
    assert [(line["event"], line["server"]) for line in lines] == [("server_gone", "queue")]
    assert not queue.answers()
    assert [queue.run_next_job() for _ in range(21)] == [True] * 20 + [False]
    db.session.expire_all()
    assert {db.session.get_one(Job, job.id).state for job in jobs} == {JobState.DONE}


def test_a_queue_file_that_is_broken_or_locked_is_a_queue_that_is_gone(app, queue_on, tmp_path):
    file = tmp_path / "queue.sqlite"
    file.write_bytes(b"no database" * 100)
    queue = queue_on("sqlite", INSTANCE_DIR=tmp_path)
    enqueue_job(KIND, dedupe_key="a")
    db.session.commit()
    assert not queue.answers()
    file.unlink()  # as docs/deploy.md says
    queue.outage.worked()
    queue.put("job", 1)
    assert names(queue) == ["forum_job 1"]
    with sqlite3.connect(file) as held:
        held.execute("PRAGMA user_version=1")


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_queue_in_a_database_that_was_restarted_opens_a_new_connection(app, queue_on):
    queue = queue_on("postgres")
    queue.put("job", 1)
    with psycopg.connect(app.config["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'forum queue'"
        )
    with pytest.raises(psycopg.OperationalError):
        queue.take()
    assert queue.outage.is_on
    assert names(queue) == ["forum_job 1"]
    assert not queue.outage.is_on

"""A real gunicorn with gunicorn.conf.py: which of a client's headers it believes, and whom it serves when full."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, request

from forum import create_app
from forum.core.extensions import db
from forum.deliberation.joint.models import RoomAction
from forum.voice.votes.models import Vote
from forum.web.gate import public
from forum.web.slots import AGAIN_AFTER_SECONDS, SENT_AGAIN_SHARE
from tests.assault.deployment import listens
from tests.assault.phones import Phone, compare, fill
from tests.assault.postgres import free_port
from tests.assault.service import ROOT, wait_for
from tests.benchmarks.serving import Connection, request_bytes
from tests.conftest import test_config

THREADS = 12
FORGED = {
    "SCRIPT_NAME": "/evil",
    "PATH_INFO": "/healthz",
    "REMOTE_USER": "admin",
    "X-Forwarded-Prefix": "/evil",
    "X-Script-Name": "/evil",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Ssl": "on",
    "X-Forwarded-Host": "localhost",
    "X-Forwarded-For": "192.0.2.1",
}


@contextmanager
def gunicorn(folder: Path, target: str, *options: str, **settings: str) -> Iterator[int]:
    """Start gunicorn with one process and no proxy in front. :return: its port"""
    port = free_port()
    bind = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--log-level", "error"]
    command = [sys.executable, "-m", "gunicorn", *bind, *options, target]
    ours = {"FORUM_ENV": "development", "FORUM_INSTANCE_DIR": str(folder), "NLP_ENCODER": "none"}
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | ours | settings)
    try:
        wait_for(lambda: listens(port), "gunicorn", 60)
        yield port
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a gunicorn whose own default would believe everybody on this machine."""
    with gunicorn(tmp_path, "tests.assault.echoing:app", DATABASE_URL="", FORWARDED_ALLOW_IPS="*") as port:
        yield port


def test_without_a_proxy_no_header_is_believed(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/what-arrived", headers=FORGED)
    facts = json.loads(connection.getresponse().read())
    connection.close()
    assert (facts["folder"], facts["path"]) == ("", "/what-arrived")
    assert (facts["scheme"], facts["host"], facts["address"]) == ("http", f"127.0.0.1:{port}", "127.0.0.1")


def test_behind_one_proxy_only_the_headers_that_it_sets_are_believed(app, tmp_path):
    other = create_app(test_config(app.config["DATABASE_URL"], tmp_path, PROXY_HOPS=1))

    @other.get("/what-arrived")
    @public
    def what_arrived():
        return [request.root_url, request.path, request.remote_addr]

    headers = {name: value for name, value in FORGED.items() if "_" not in name}  # gunicorn lets none of those through
    arrived = other.test_client().get("/what-arrived", headers=headers | {"X-Forwarded-For": "198.51.100.1, 192.0.2.1"})
    assert arrived.json == ["https://localhost/", "/what-arrived", "192.0.2.1"]
    with other.app_context():
        db.engine.dispose()


@contextmanager
def locked(app: Flask, gathering_id: int) -> Iterator[None]:
    """Let every write of this room wait: behind its row, or on SQLite behind the one writer."""
    engine = sa.create_engine(app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SELECT id FROM gathering WHERE id = {gathering_id} FOR UPDATE")
        yield
        connection.rollback()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def polls(port: int, session_id: int, n: int) -> Counter[int]:
    """Ask n times where the session stands, on one connection."""
    connection, request = Connection(port), request_bytes("GET", f"/joint/{session_id}/state.json")
    answers = Counter([(await connection.ask(request))[0] for _n in range(n)])
    connection.close()
    return answers


def test_polls_are_answered_while_many_phones_write_and_each_action_arrives_once(app, make, tmp_path):
    """14 phones send at once to a process of 12 threads while nothing can be written.

    Two of them wait, and the others are told at once to come again, as they do.
    """
    rooms = fill(1, 14, [1])
    phones: list[Phone] = rooms.phones[0]
    held = THREADS // SENT_AGAIN_SHARE
    sent_away = len(phones) - held

    async def run(port: int) -> Counter[int]:
        for phone in phones:
            phone.act("vote")
        with locked(app, phones[0].gathering_id):
            sending = [asyncio.create_task(phone.send(port)) for phone in phones]
            await until(lambda: sum(phone.answers["503"] > 0 for phone in phones) == sent_away)
            asked = await asyncio.gather(*(polls(port, rooms.session_id, 10) for _n in range(20)))
            assert not any(one.told for phone in phones for one in phone.kept)  # all the while nothing was written
            assert sum(phone.answers.total() == 0 for phone in phones) == held  # and these waited
        assert all(await asyncio.gather(*sending))
        return sum(asked, Counter())

    with gunicorn(
        tmp_path,
        "wsgi:app",
        "--threads",
        str(THREADS),
        DATABASE_URL=app.config["DATABASE_URL"],
        SECRET_KEY=app.config["SECRET_KEY"],
        SECURITY_PASSWORD_SALT=app.config["SECURITY_PASSWORD_SALT"],
        LOCK_WAIT_MILLISECONDS="20000",
    ) as port:
        assert asyncio.run(run(port)) == Counter({200: 200})
    verdict = compare(phones)
    assert (verdict.is_clean, verdict.told) == (True, Counter({"done": 14})), verdict.examples
    for model in (RoomAction, Vote):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 14
    assert all(pause == AGAIN_AFTER_SECONDS for phone in phones for pause in phone.told_to_wait)

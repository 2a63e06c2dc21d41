"""A real gunicorn with gunicorn.conf.py: which of a client's headers it believes."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import request

from forum import create_app
from forum.core.extensions import db
from forum.web.gate import public
from tests.assault.deployment import listens
from tests.assault.postgres import free_port
from tests.assault.service import ROOT, wait_for
from tests.conftest import test_config

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


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Start gunicorn without a proxy in front; its own default would believe everybody on this machine."""
    port = free_port()
    bind = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--log-level", "error"]
    command = [sys.executable, "-m", "gunicorn", *bind, "tests.assault.echoing:app"]
    settings = {"FORUM_ENV": "development", "FORUM_INSTANCE_DIR": str(tmp_path), "DATABASE_URL": ""}
    environment = os.environ | settings | {"FORWARDED_ALLOW_IPS": "*", "NLP_ENCODER": "none"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_for(lambda: listens(port), "gunicorn", 60)
        yield port
    finally:
        process.terminate()
        process.wait(30)


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

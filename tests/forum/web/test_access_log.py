from __future__ import annotations

import logging

import pytest
import structlog

from config import Config
from forum.web import access_log
from forum.web.access_log import requests_to_file
from forum.web.request_hooks import configure_logging


@pytest.fixture
def log_file(tmp_path, client):
    """Logging as under `make run`; each application sets it up, so that this comes after the client."""
    before = structlog.get_config()
    configure_logging(as_json=False, access_log=tmp_path / "access.log")
    yield tmp_path / "access.log"
    structlog.configure(**before)
    for handler in logging.getLogger(access_log.LOGGER).handlers:
        handler.close()


def test_the_line_of_a_request_goes_to_the_file(log_file, client):
    assert not log_file.exists()
    assert client.get("/healthz").status_code == 200
    line = log_file.read_text(encoding="utf-8")
    assert "method='GET' route='/healthz' status=200" in line
    assert line.count("\n") == 1


def test_a_request_is_dropped_from_the_terminal_and_what_went_wrong_is_not(log_file):
    write = requests_to_file(log_file)
    error = {"event": "mail_not_sent", "mail_id": 7}
    assert write(None, "error", dict(error)) == error
    with pytest.raises(structlog.DropEvent):
        write(None, "info", {"event": "request", "status": 200})


def test_the_file_does_not_grow_for_ever(log_file, client, monkeypatch):
    monkeypatch.setattr(access_log, "MAX_BYTES", 1_000)
    configure_logging(as_json=False, access_log=log_file)
    for _ in range(40):
        client.get("/healthz")
    files = sorted(log_file.parent.glob("access.log*"))
    assert [file.name for file in files] == ["access.log", "access.log.1"]
    assert all(file.stat().st_size <= 1_000 for file in files)


def test_only_development_has_the_file(tmp_path):
    environment = {"FORUM_ENV": "development", "FORUM_INSTANCE_DIR": str(tmp_path)}
    assert tmp_path.resolve() / "access.log" == Config.from_env(environment).ACCESS_LOG
    assert Config.ACCESS_LOG is None

"""docs/deploy.md and the files beside it speak of the settings that there are, and of the limits that hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import config
from config import Config

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
NGINX = (DOCS / "deploy" / "nginx.conf").read_text(encoding="utf-8")
UNITS = sorted((DOCS / "deploy").glob("*.service"))


def read_by_config() -> set[str]:
    """The variables that config.py asks the environment for."""
    source = Path(config.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'(?:environ\.get\(|_int\(environ, )\s*"([A-Z_]+)"', source))
    return named | set(config.TEXT_LIMITS) | set(config.CODE_LIMITS)


def listed_in_the_docs() -> set[str]:
    """What the first column of the table of settings names."""
    table = (DOCS / "deploy.md").read_text(encoding="utf-8").split("## Settings")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def test_the_docs_list_every_variable_and_no_other():
    assert len(read_by_config()) > 25
    assert listed_in_the_docs() == read_by_config()


def test_nginx_takes_what_the_largest_request_may_have_and_no_more():
    megabytes = re.search(r"client_max_body_size (\d+)m;", NGINX)
    assert megabytes
    assert int(megabytes[1]) * 1024 * 1024 == Config.UPLOAD_REQUEST_MAX_BYTES


def test_nginx_lets_go_of_a_connection_before_gunicorn_does():
    within = re.search(r"upstream forum \{.*?keepalive_timeout (\d+)s;", NGINX, re.DOTALL)
    gunicorn = re.search(r"^keepalive = (\d+)", (ROOT / "gunicorn.conf.py").read_text(encoding="utf-8"), re.MULTILINE)
    assert within
    assert gunicorn
    assert int(within[1]) < int(gunicorn[1])


@pytest.mark.parametrize(
    "line",
    [
        "proxy_request_buffering on;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        "proxy_set_header X-Forwarded-Host $host;",
        "ssl_reject_handshake on;",
    ],
)
def test_nginx_says_what_the_forum_relies_on(line):
    assert line in NGINX


def test_the_units_are_hardened_alike():
    hardenings = [unit.read_text(encoding="utf-8").split("# What it may not do.")[1] for unit in UNITS]
    assert len(hardenings) == 2
    assert hardenings[0] == hardenings[1]
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="} <= set(hardenings[0].splitlines())
